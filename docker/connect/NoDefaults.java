package dev.lakestand;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.transforms.Transformation;

/**
 * Takes the default values out of the rows' schemas. Apicurio's Avro converter writes a field's default value where the
 * row has a null, and has no option against it.
 */
public final class NoDefaults<R extends ConnectRecord<R>> implements Transformation<R> {
  private static final int MOST_SCHEMAS = 10_000; // Debezium makes a new one with every change of a table

  private final Map<Schema, Schema> plain = Collections.synchronizedMap(new IdentityHashMap<>());

  @Override
  public R apply(R record) {
    if (!(record.value() instanceof Struct event)) {
      return record;
    }
    if (plain.size() > MOST_SCHEMAS) {
      plain.clear();
    }
    Schema schema = plain(event.schema());
    if (schema == event.schema()) {
      return record;
    }
    return record.newRecord(
        record.topic(),
        record.kafkaPartition(),
        record.keySchema(),
        record.key(),
        schema,
        copy(event, schema),
        record.timestamp(),
        record.headers());
  }

  private Schema plain(Schema schema) {
    Schema known = plain.get(schema);
    if (known == null) {
      known = schema.type() == Schema.Type.STRUCT ? plainStruct(schema) : schema;
      plain.put(schema, known);
    }
    return known;
  }

  private Schema plainStruct(Schema schema) {
    boolean isPlain = true;
    Map<String, Schema> fields = new LinkedHashMap<>();
    for (Field field : schema.fields()) {
      Schema changed = schema.name() != null && schema.name().endsWith(".Value") ? withoutDefault(field.schema()) : plain(field.schema());
      fields.put(field.name(), changed);
      isPlain &= changed == field.schema();
    }
    if (isPlain) {
      return schema;
    }
    SchemaBuilder builder = SchemaBuilder.struct().name(schema.name()).version(schema.version()).doc(schema.doc());
    if (schema.parameters() != null) {
      builder.parameters(schema.parameters());
    }
    fields.forEach(builder::field);
    return (schema.isOptional() ? builder.optional() : builder).build();
  }

  private static Schema withoutDefault(Schema schema) {
    if (schema.defaultValue() == null || !schema.type().isPrimitive()) {
      return schema;
    }
    SchemaBuilder builder = SchemaBuilder.type(schema.type()).name(schema.name()).version(schema.version()).doc(schema.doc());
    if (schema.parameters() != null) {
      builder.parameters(schema.parameters());
    }
    builder.parameter("dev.lakestand.filled", "true"); // as the converters of values mark a column with a default
    return (schema.isOptional() ? builder.optional() : builder).build();
  }

  private Struct copy(Struct from, Schema schema) {
    Struct to = new Struct(schema);
    for (Field field : schema.fields()) {
      Object value = from.getWithoutDefault(field.name());
      boolean isChanged = value instanceof Struct inner && inner.schema() != field.schema();
      to.put(field, isChanged ? copy((Struct) value, field.schema()) : value);
    }
    return to;
  }

  @Override
  public ConfigDef config() {
    return new ConfigDef();
  }

  @Override
  public void configure(Map<String, ?> options) {}

  @Override
  public void close() {
    plain.clear();
  }
}
