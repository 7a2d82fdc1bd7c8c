package dev.lakestand;

import com.github.shyiko.mysql.binlog.event.deserialization.ColumnType;
import com.github.shyiko.mysql.binlog.event.deserialization.json.JsonBinary;
import com.github.shyiko.mysql.binlog.event.deserialization.json.JsonFormatter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;

/** JSON as MySQL prints it, from the binary form that the log has: the same text as a query returns. */
final class Json implements JsonFormatter {
  private static final int MOST_PLACES = 15; // before or behind the point; beyond them the server writes an exponent

  private final StringBuilder text = new StringBuilder();

  static Object text(Object value) {
    if (!(value instanceof byte[] bytes)) {
      return value.toString();
    }
    if (bytes.length == 0) {
      return "null"; // a column that was added while the row stayed as it was
    }
    try {
      Json json = new Json();
      JsonBinary.parse(bytes, json);
      return json.text.toString();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  @Override
  public void beginObject(int size) {
    text.append('{');
  }

  @Override
  public void beginArray(int size) {
    text.append('[');
  }

  @Override
  public void endObject() {
    text.append('}');
  }

  @Override
  public void endArray() {
    text.append(']');
  }

  @Override
  public void name(String name) {
    value(name);
    text.append(": ");
  }

  @Override
  public void nextEntry() {
    text.append(", ");
  }

  @Override
  public void value(String value) {
    text.append('"');
    value.chars().forEach(this::character);
    text.append('"');
  }

  private void character(int character) {
    int escape = "\b\t\n\f\r\"\\".indexOf(character);
    if (escape >= 0) {
      text.append('\\').append("btnfr\"\\".charAt(escape));
    } else if (character < 0x20) {
      text.append(String.format("\\u%04x", character));
    } else {
      text.append((char) character);
    }
  }

  @Override
  public void value(int value) {
    text.append(value);
  }

  @Override
  public void value(long value) {
    text.append(value);
  }

  @Override
  public void value(BigInteger value) {
    text.append(value);
  }

  @Override
  public void value(BigDecimal value) {
    text.append(value.toPlainString());
  }

  @Override
  public void value(boolean value) {
    text.append(value);
  }

  @Override
  public void valueNull() {
    text.append("null");
  }

  @Override
  public void value(double value) {
    if (value == 0) {
      text.append(1 / value < 0 ? "-0.0" : "0.0");
      return;
    }
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int point = exact.precision() - exact.scale(); // how many digits are before it
    if (point > MOST_PLACES || point <= -MOST_PLACES) {
      text.append(exact.movePointLeft(point - 1).stripTrailingZeros().toPlainString()).append('e').append(point - 1);
    } else {
      text.append((exact.scale() <= 0 ? exact.setScale(1) : exact).toPlainString());
    }
  }

  @Override
  public void valueYear(int year) {
    text.append(year);
  }

  @Override
  public void valueDate(int year, int month, int day) {
    text.append(String.format("\"%04d-%02d-%02d\"", year, month, day));
  }

  @Override
  public void valueDatetime(int year, int month, int day, int hour, int minute, int second, int micros) {
    String format = "\"%04d-%02d-%02d %02d:%02d:%02d.%06d\"";
    text.append(String.format(format, year, month, day, hour, minute, second, micros));
  }

  @Override
  public void valueTime(int hour, int minute, int second, int micros) {
    String sign = hour < 0 || minute < 0 || second < 0 || micros < 0 ? "-" : "";
    String format = "\"%s%02d:%02d:%02d.%06d\"";
    text.append(String.format(format, sign, Math.abs(hour), Math.abs(minute), Math.abs(second), Math.abs(micros)));
  }

  @Override
  public void valueTimestamp(long seconds, int micros) {
    text.append(seconds).append(String.format(".%06d", micros));
  }

  @Override
  public void valueOpaque(ColumnType type, byte[] value) {
    text.append("\"base64:type").append(type.getCode()).append(':');
    text.append(Base64.getEncoder().encodeToString(value)).append('"');
  }
}
