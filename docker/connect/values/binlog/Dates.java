package dev.lakestand;

import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Date;

/** Dates and times of MySQL; what has no year is null, like what has no month or day. */
final class Dates {
  private static final DateTimeFormatter ISO = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'");
  private static final int FIRST_YEAR = 1900; // of YEAR: the log has the years since then, and 0 for 0000

  private Dates() {}

  static Object date(Object value) {
    LocalDate date = value instanceof LocalDate local ? local : Wall.of((Date) value).toLocalDate();
    return date.getYear() < 1 ? null : Math.toIntExact(date.toEpochDay());
  }

  static Object dateTime(Object value) {
    LocalDateTime time = value instanceof LocalDateTime local ? local : Wall.of((Timestamp) value);
    return time.getYear() < 1 ? null : ChronoUnit.MICROS.between(Instant.EPOCH, time.toInstant(ZoneOffset.UTC));
  }

  static Object timestamp(Object value) {
    if (value instanceof Timestamp timestamp) {
      return iso(timestamp.toInstant().atOffset(ZoneOffset.UTC));
    }
    if (value instanceof LocalDateTime local) {
      return iso(local.atZone(ZoneId.systemDefault()).toOffsetDateTime());
    }
    return iso(value instanceof ZonedDateTime zoned ? zoned.toOffsetDateTime() : (OffsetDateTime) value);
  }

  /** The log has zero for a TIMESTAMP without a day; the first that there can be is a second later. */
  private static String iso(OffsetDateTime time) {
    return time.toEpochSecond() == 0 ? null : time.withOffsetSameInstant(ZoneOffset.UTC).format(ISO);
  }

  static Object year(Object value) {
    int year = value instanceof Date date ? Wall.of(date).getYear() : Integer.parseInt(value.toString().trim());
    return year == FIRST_YEAR ? 0 : year;
  }
}
