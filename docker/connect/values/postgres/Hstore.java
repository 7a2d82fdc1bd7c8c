package dev.lakestand;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import org.postgresql.util.HStoreConverter;

/** A hstore as JSON, with its keys in the order that the database has: the shorter first. */
final class Hstore {
  private static final Comparator<byte[]> ORDER =
      Comparator.<byte[]>comparingInt(key -> key.length).thenComparing(Arrays::compareUnsigned);

  private Hstore() {}

  static String json(Object value) {
    Map<?, ?> pairs = value instanceof Map<?, ?> map ? map : HStoreConverter.fromString(Texts.of(value));
    Map<byte[], String> sorted = new TreeMap<>(ORDER);
    pairs.forEach((key, item) -> sorted.put(key.toString().getBytes(StandardCharsets.UTF_8), (String) item));
    StringBuilder text = new StringBuilder("{");
    sorted.forEach(
        (key, item) -> {
          quote(new String(key, StandardCharsets.UTF_8), text.append(text.length() > 1 ? "," : "")).append(':');
          if (item == null) {
            text.append("null");
          } else {
            quote(item, text);
          }
        });
    return text.append('}').toString();
  }

  private static StringBuilder quote(String value, StringBuilder text) {
    text.append('"');
    for (char each : value.toCharArray()) {
      int escape = "\b\t\n\f\r\"\\".indexOf(each);
      if (escape >= 0) {
        text.append('\\').append("btnfr\"\\".charAt(escape));
      } else {
        text.append(each < 0x20 ? String.format("\\u%04x", (int) each) : String.valueOf(each));
      }
    }
    return text.append('"');
  }
}
