package dev.lakestand;

import io.debezium.connector.postgresql.PostgresValueConverter;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Date;
import org.postgresql.PGStatement;
import org.postgresql.util.PGInterval;

/** Dates and times in Debezium's numbers, with the greatest and the least number for the infinities. */
final class Times {
  private static final long MONTH = 2_629_800_000_000L; // microseconds in a twelfth of 365.25 days
  private static final long DAY = 86_400_000_000L;
  private static final BigDecimal LAST = BigDecimal.valueOf(Long.MAX_VALUE - 1); // PostgreSQL has 29 years more
  private static final int MOST_YEARS = 1_000_000; // beyond it Debezium has its infinities
  // What Debezium makes of the infinities in the log.
  private static final LocalDate INFINITE = LocalDate.of(-5_877_611, 6, 21);
  private static final LocalDate NEGATIVE_INFINITE = LocalDate.of(-5_877_611, 6, 22);
  private static final DateTimeFormatter ISO = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'");
  private static final DateTimeFormatter TIME_WITH_ZONE =
      new DateTimeFormatterBuilder()
          .appendPattern("HH:mm:ss")
          .appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
          .appendPattern("[XXXXX][XXX][X]")
          .toFormatter();

  private Times() {}

  static Object date(Object value) {
    if (value instanceof Date date) {
      return sign(date) == 0 ? days(Wall.of(date).toLocalDate()) : Integer.valueOf(sign(date) > 0 ? Integer.MAX_VALUE : Integer.MIN_VALUE);
    }
    LocalDate date = (LocalDate) value;
    if (date.equals(INFINITE)) {
      return Integer.MAX_VALUE;
    }
    return date.equals(NEGATIVE_INFINITE) ? Integer.valueOf(Integer.MIN_VALUE) : days(date);
  }

  private static Integer days(LocalDate date) {
    return Math.toIntExact(date.toEpochDay());
  }

  /** Microseconds since midnight, of which 24:00:00 has more than a clock. */
  static Object time(Object value) {
    String[] parts = Texts.of(value).split(":");
    BigDecimal seconds = new BigDecimal(parts.length > 2 ? parts[2] : "0").movePointRight(6);
    return (Integer.parseInt(parts[0]) * 60L + Integer.parseInt(parts[1])) * 60_000_000L + seconds.longValue();
  }

  static Object timestamp(Object value) {
    if (value instanceof Timestamp timestamp) {
      return sign(timestamp) == 0
          ? micros(Wall.of(timestamp).toInstant(ZoneOffset.UTC))
          : Long.valueOf(sign(timestamp) > 0 ? Long.MAX_VALUE : Long.MIN_VALUE);
    }
    return micros(value instanceof LocalDateTime local ? local.toInstant(ZoneOffset.UTC) : (Instant) value);
  }

  private static Long micros(Instant instant) {
    if (instant.equals(PostgresValueConverter.POSITIVE_INFINITY_INSTANT)) {
      return Long.MAX_VALUE;
    }
    if (instant.equals(PostgresValueConverter.NEGATIVE_INFINITY_INSTANT)) {
      return Long.MIN_VALUE;
    }
    BigDecimal whole = BigDecimal.valueOf(instant.getEpochSecond()).movePointRight(6);
    return whole.add(BigDecimal.valueOf(instant.getNano() / 1000)).min(LAST).longValue();
  }

  static Object zoned(Object value) {
    if (value instanceof Timestamp timestamp) {
      return sign(timestamp) == 0 ? iso(Wall.of(timestamp).atZone(ZoneId.systemDefault()).toOffsetDateTime()) : infinity(sign(timestamp));
    }
    OffsetDateTime instant = (OffsetDateTime) value;
    return Math.abs((long) instant.getYear()) < MOST_YEARS ? iso(instant) : infinity(instant.getYear());
  }

  private static String iso(OffsetDateTime instant) {
    return instant.withOffsetSameInstant(ZoneOffset.UTC).format(ISO);
  }

  private static String infinity(int sign) {
    return sign > 0 ? "infinity" : "-infinity";
  }

  private static int sign(Date date) {
    return date.getTime() == PGStatement.DATE_POSITIVE_INFINITY ? 1 : date.getTime() == PGStatement.DATE_NEGATIVE_INFINITY ? -1 : 0;
  }

  static Object interval(Object value) {
    PGInterval part = (PGInterval) value;
    BigDecimal months = BigDecimal.valueOf(part.getYears() * 12L + part.getMonths());
    BigDecimal micros =
        months
            .multiply(BigDecimal.valueOf(MONTH))
            .add(BigDecimal.valueOf(part.getDays()).multiply(BigDecimal.valueOf(DAY)))
            .add(BigDecimal.valueOf((part.getHours() * 60L + part.getMinutes()) * 60_000_000L))
            .add(BigDecimal.valueOf(part.getWholeSeconds() * 1_000_000L + part.getMicroSeconds()));
    if (micros.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      return micros.signum() > 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
    }
    return micros.longValue();
  }

  static Object zonedTime(Object value) {
    OffsetTime time = value instanceof OffsetTime offset ? offset : OffsetTime.parse(Texts.of(value), TIME_WITH_ZONE);
    return DateTimeFormatter.ISO_LOCAL_TIME.format(time.withOffsetSameInstant(ZoneOffset.UTC).toLocalTime()) + "Z";
  }
}
