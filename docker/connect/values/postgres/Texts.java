package dev.lakestand;

import io.debezium.data.SpecialValueDecimal;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.util.Set;
import java.util.regex.Pattern;
import org.postgresql.util.PGobject;

/** Values as PostgreSQL prints them, whether the driver read them from a query or Debezium from the log. */
final class Texts {
  private static final Set<String> SHAPES = Set.of("box", "circle", "line", "lseg", "path", "polygon");
  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?(E-?\\d+)?");

  private Texts() {}

  static String of(Object value) {
    try {
      if (value instanceof PGobject object) {
        return SHAPES.contains(object.getType()) ? shape(object.getValue()) : object.getValue();
      }
      if (value instanceof SQLXML xml) {
        return xml.getString();
      }
      return value instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : value.toString();
    } catch (SQLException error) {
      throw new IllegalStateException(error);
    }
  }

  static Number number(Object value) {
    return value instanceof Number number ? number : new BigDecimal(of(value));
  }

  static Object isTrue(Object value) {
    return value instanceof Boolean ? value : Set.of("t", "true", "1").contains(of(value));
  }

  static Object bytes(Object value) {
    return value instanceof byte[] || value instanceof ByteBuffer ? value : of(value).getBytes(StandardCharsets.UTF_8);
  }

  /** All bits of a bit string, the last digit first, as Debezium has them; it drops bytes that are zero. */
  static Object bits(Object value) {
    String digits = of(value);
    byte[] bytes = new byte[(digits.length() + 7) / 8];
    for (int i = 0; i < digits.length(); i++) {
      int place = digits.length() - 1 - i;
      bytes[place / 8] |= (byte) ((digits.charAt(i) - '0') << (place % 8));
    }
    return bytes;
  }

  static Object money(Object value) {
    BigDecimal amount = value instanceof BigDecimal exact ? exact : BigDecimal.valueOf(number(value).doubleValue());
    return amount.setScale(2, RoundingMode.HALF_UP);
  }

  static Object digits(Object value) {
    if (value instanceof SpecialValueDecimal special) {
      return special.getDecimalValue().map(BigDecimal::toPlainString).orElseGet(() -> special(special));
    }
    return value instanceof BigDecimal exact ? exact.toPlainString() : of(value);
  }

  private static String special(SpecialValueDecimal value) {
    if (value.equals(SpecialValueDecimal.NOT_A_NUMBER)) {
      return "NaN";
    }
    return value.equals(SpecialValueDecimal.POSITIVE_INF) ? "Infinity" : "-Infinity";
  }

  /** The driver reads a shape's numbers and prints them as Java does, 1.0E-7, where the database has 1e-07. */
  private static String shape(String written) {
    return written == null ? null : NUMBER.matcher(written).replaceAll(match -> number(match.group()));
  }

  private static String number(String written) {
    BigDecimal exact = new BigDecimal(written).stripTrailingZeros();
    if (exact.signum() == 0) {
      return written.startsWith("-") ? "-0" : "0";
    }
    int exponent = exact.precision() - exact.scale() - 1;
    if (exponent >= -4 && exponent < 15) {
      return exact.toPlainString();
    }
    String mantissa = exact.movePointLeft(exponent).stripTrailingZeros().toPlainString();
    return mantissa + (exponent < 0 ? "e-" : "e+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
  }
}
