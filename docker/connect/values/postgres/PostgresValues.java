package dev.lakestand;

import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
import java.nio.charset.StandardCharsets;
import java.sql.Types;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * Gives every column of PostgreSQL a form that loses nothing: null where the log has no value, texts where Debezium has
 * no type, and one placeholder for an unchanged large value whatever its type.
 *
 * Debezium alone fills columns that are NOT NULL with zeros where the log does not hold them, leaves out columns of
 * types that it does not know, and has no placeholder for most arrays.
 */
public final class PostgresValues implements CustomConverter<SchemaBuilder, RelationalColumn> {
  private static final String UNLOGGED = "__debezium_unavailable_value";
  private static final byte[] UNLOGGED_BYTES = UNLOGGED.getBytes(StandardCharsets.UTF_8);
  private static final int ANY_NUMERIC = 131089; // the length that the driver reports for numeric without a precision
  // Debezium's own converters give these a structure that is worth more than their text.
  private static final Set<String> LEFT =
      Set.of("geometry", "geography", "point", "vector", "halfvec", "sparsevec");
  // Elements of the arrays that a domain may be made of, by the arrays' numbers.
  private static final Map<Integer, String> ELEMENTS =
      Map.ofEntries(
          Map.entry(1000, "bool"),
          Map.entry(1001, "bytea"),
          Map.entry(1005, "int2"),
          Map.entry(1007, "int4"),
          Map.entry(1009, "text"),
          Map.entry(1014, "bpchar"),
          Map.entry(1015, "varchar"),
          Map.entry(1016, "int8"),
          Map.entry(1021, "float4"),
          Map.entry(1022, "float8"),
          Map.entry(1028, "oid"),
          Map.entry(1115, "timestamp"),
          Map.entry(1182, "date"),
          Map.entry(1183, "time"),
          Map.entry(1185, "timestamptz"),
          Map.entry(1231, "numeric"));

  @Override
  public void configure(Properties properties) {}

  @Override
  public void converterFor(RelationalColumn column, ConverterRegistration<SchemaBuilder> registration) {
    if (LEFT.contains(column.typeName())) {
      return;
    }
    if (column.typeName().equals("hstore")) {
      SchemaBuilder schema = SchemaBuilder.string().name("io.debezium.data.Json").version(1);
      register(column, registration, schema, Hstore::json, UNLOGGED);
      return;
    }
    if (column.jdbcType() == Types.ARRAY || ELEMENTS.containsKey(column.nativeType())) {
      register(column, registration, array(column), Texts::of, UNLOGGED);
      return;
    }
    switch (column.nativeType()) {
      case 16 -> register(column, registration, SchemaBuilder.bool(), Texts::isTrue, null);
      case 21 -> register(column, registration, SchemaBuilder.int16(), v -> Texts.number(v).shortValue(), null);
      case 23 -> register(column, registration, SchemaBuilder.int32(), v -> Texts.number(v).intValue(), null);
      case 20, 26 -> register(column, registration, SchemaBuilder.int64(), v -> Texts.number(v).longValue(), null);
      case 700 -> register(column, registration, SchemaBuilder.float32(), v -> Texts.number(v).floatValue(), null);
      case 701 -> register(column, registration, SchemaBuilder.float64(), v -> Texts.number(v).doubleValue(), null);
      case 17 -> register(column, registration, SchemaBuilder.bytes(), Texts::bytes, UNLOGGED_BYTES);
      case 790 -> register(column, registration, Decimal.builder(2), Texts::money, null);
      case 1082 -> register(column, registration, time(SchemaBuilder.int32(), "Date"), Times::date, null);
      case 1083 -> register(column, registration, time(SchemaBuilder.int64(), "MicroTime"), Times::time, null);
      case 1114 -> register(column, registration, time(SchemaBuilder.int64(), "MicroTimestamp"), Times::timestamp, null);
      case 1184 -> register(column, registration, time(SchemaBuilder.string(), "ZonedTimestamp"), Times::zoned, null);
      case 1186 -> register(column, registration, time(SchemaBuilder.int64(), "MicroDuration"), Times::interval, null);
      case 1266 -> register(column, registration, time(SchemaBuilder.string(), "ZonedTime"), Times::zonedTime, null);
      case 1560 -> bits(column, registration);
      case 1700 -> register(column, registration, numeric(column), Texts::digits, UNLOGGED);
      default -> register(column, registration, texts(column), Texts::of, UNLOGGED);
    }
  }

  /** Registers a column that may be null: of a deleted row the log holds the key alone. */
  private static void register(
      RelationalColumn column,
      ConverterRegistration<SchemaBuilder> registration,
      SchemaBuilder schema,
      Function<Object, Object> convert,
      Object unlogged) {
    registration.register(Nullable.schema(column, schema), new Nullable(column, convert, unlogged));
  }

  private static SchemaBuilder time(SchemaBuilder schema, String name) {
    return schema.name("io.debezium.time." + name).version(1);
  }

  private static SchemaBuilder texts(RelationalColumn column) {
    return switch (column.nativeType()) {
      case 114, 3802 -> SchemaBuilder.string().name("io.debezium.data.Json").version(1);
      case 142 -> SchemaBuilder.string().name("io.debezium.data.Xml").version(1);
      case 2950 -> SchemaBuilder.string().name("io.debezium.data.Uuid").version(1);
      case 3614 -> SchemaBuilder.string().name("io.debezium.data.TsVector").version(1);
      default -> SchemaBuilder.string();
    };
  }

  /** The text that the database prints, with the type of its elements: the reader makes a list of it. */
  private static SchemaBuilder array(RelationalColumn column) {
    String name = column.typeName().startsWith("_") ? column.typeName().substring(1) : column.typeName();
    String element = ELEMENTS.getOrDefault(column.nativeType(), name);
    SchemaBuilder schema = SchemaBuilder.string().name("dev.lakestand.Array").version(1).parameter("element", element);
    return element.equals("numeric") ? sized(schema, column) : schema;
  }

  private static SchemaBuilder numeric(RelationalColumn column) {
    return sized(SchemaBuilder.string().name("dev.lakestand.Numeric").version(1), column);
  }

  private static SchemaBuilder sized(SchemaBuilder schema, RelationalColumn column) {
    int precision = column.length().orElse(0);
    if (precision == 0 || precision == ANY_NUMERIC) {
      return schema;
    }
    int scale = column.scale().orElse(0); // eleven bits, of which the first is the sign
    String signed = String.valueOf(scale > 1023 ? scale - 2048 : scale);
    return schema.parameter("precision", String.valueOf(precision)).parameter("scale", signed);
  }

  private static void bits(RelationalColumn column, ConverterRegistration<SchemaBuilder> registration) {
    int length = column.length().orElse(1);
    if (length <= 1) {
      register(column, registration, SchemaBuilder.bool(), Texts::isTrue, null);
    } else {
      SchemaBuilder schema = SchemaBuilder.bytes().name("io.debezium.data.Bits").version(1);
      register(column, registration, schema.parameter("length", "" + length), Texts::bits, UNLOGGED_BYTES);
    }
  }
}
