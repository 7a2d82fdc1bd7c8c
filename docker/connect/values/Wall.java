package dev.lakestand;

import java.sql.Timestamp;
import java.time.LocalDateTime;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;

/** What a clock on the wall shows at a date of Java's old kind: its calendar is Julian before October 1582. */
final class Wall {
  private Wall() {}

  static LocalDateTime of(Date date) {
    Calendar calendar = new GregorianCalendar();
    calendar.setTime(date);
    int year = calendar.get(Calendar.YEAR);
    return LocalDateTime.of(
        calendar.get(Calendar.ERA) == GregorianCalendar.BC ? 1 - year : year,
        calendar.get(Calendar.MONTH) + 1,
        calendar.get(Calendar.DAY_OF_MONTH),
        calendar.get(Calendar.HOUR_OF_DAY),
        calendar.get(Calendar.MINUTE),
        calendar.get(Calendar.SECOND),
        date instanceof Timestamp timestamp ? timestamp.getNanos() : 0);
  }
}
