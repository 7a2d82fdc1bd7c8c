package dev.lakestand;

import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
import java.util.function.Function;
import org.apache.kafka.connect.data.SchemaBuilder;

/** Leaves a null what it is, and gives an unchanged large value that the log leaves out its placeholder. */
final class Nullable implements CustomConverter.Converter {
  static final String FILLED = "dev.lakestand.filled";

  private final Function<Object, Object> convert;
  private final Object unlogged;
  private boolean isDefault;

  Nullable(RelationalColumn column, Function<Object, Object> convert, Object unlogged) {
    this.convert = convert;
    this.unlogged = unlogged;
    // The first thing that Debezium converts is the column's default value, for the schema. A schema with a default
    // value would turn nulls into it, in Avro whatever the converter is told.
    this.isDefault = column.hasDefaultValue() && column.defaultValue() != null;
  }

  /** Marks a column that gives the rows that exist a value when it is added: it has a default, or is never null. */
  static SchemaBuilder schema(RelationalColumn column, SchemaBuilder schema) {
    boolean isFilled = !column.isOptional() || (column.hasDefaultValue() && column.defaultValue() != null);
    return (isFilled ? schema.parameter(FILLED, "true") : schema).optional();
  }

  @Override
  public Object convert(Object value) {
    if (value == null || isDefault) {
      isDefault = false;
      return null;
    }
    // Debezium's marks for what was not logged have no class of their own.
    return value.getClass() == Object.class ? unlogged : convert.apply(value);
  }
}
