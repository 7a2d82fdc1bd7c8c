package dev.lakestand;

import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
import java.util.Locale;
import java.util.Properties;
import java.util.function.Function;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * Gives columns of MySQL and MariaDB a form that loses nothing, where Debezium's own is none: dates without a day are
 * null and not 1970, and JSON is as the server prints it.
 */
public final class MySqlValues implements CustomConverter<SchemaBuilder, RelationalColumn> {
  @Override
  public void configure(Properties properties) {}

  @Override
  public void converterFor(RelationalColumn column, ConverterRegistration<SchemaBuilder> registration) {
    String type = column.typeName().toUpperCase(Locale.ROOT);
    switch (type) {
      case "DATE" -> register(column, registration, time(SchemaBuilder.int32(), "Date"), Dates::date);
      case "DATETIME" -> register(column, registration, time(SchemaBuilder.int64(), "MicroTimestamp"), Dates::dateTime);
      case "TIMESTAMP" -> register(column, registration, time(SchemaBuilder.string(), "ZonedTimestamp"), Dates::timestamp);
      case "YEAR" -> register(column, registration, time(SchemaBuilder.int32(), "Year"), Dates::year);
      case "JSON" -> register(column, registration, SchemaBuilder.string().name("io.debezium.data.Json").version(1), Json::text);
      default -> {} // Debezium's own
    }
  }

  private static void register(
      RelationalColumn column,
      ConverterRegistration<SchemaBuilder> registration,
      SchemaBuilder schema,
      Function<Object, Object> convert) {
    registration.register(Nullable.schema(column, schema), new Nullable(column, convert, null));
  }

  private static SchemaBuilder time(SchemaBuilder schema, String name) {
    return schema.name("io.debezium.time." + name).version(1);
  }
}
