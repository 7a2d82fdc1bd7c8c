package dev.lakestand;

import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.spi.CharsetProvider;
import java.util.Iterator;
import java.util.List;

/**
 * Declares the charsets of the module jdk.charsets that MySQL's driver asks for and a trimmed Java runtime lacks.
 *
 * The driver takes a MySQL charset whose Java charset is missing for UTF-8; then it asks the server for eucjpms
 * where it should ask for utf8mb4, and every letter beyond ASCII is garbled. Declared, they are not mixed up; a
 * column that really has one of them fails by name instead of being read wrongly.
 */
public final class MissingCharsets extends CharsetProvider {
  private static final List<Charset> ALL =
      List.of(
          new Missing("x-eucJP-Open", "EUC_JP_Solaris"),
          new Missing("windows-1256", "Cp1256"),
          new Missing("x-IBM943", "Cp943"),
          new Missing("x-MacRoman", "MacRoman"),
          new Missing("x-MacCentralEurope", "MacCentralEurope"));

  @Override
  public Iterator<Charset> charsets() {
    return ALL.iterator();
  }

  @Override
  public Charset charsetForName(String name) {
    for (Charset each : ALL) {
      if (each.name().equalsIgnoreCase(name) || each.aliases().stream().anyMatch(name::equalsIgnoreCase)) {
        return each;
      }
    }
    return null;
  }

  private static final class Missing extends Charset {
    Missing(String name, String alias) {
      super(name, new String[] {alias});
    }

    @Override
    public boolean contains(Charset other) {
      return false;
    }

    @Override
    public CharsetDecoder newDecoder() {
      throw new UnsupportedOperationException(
          "this Java runtime cannot read " + name() + ": put a full Java 21 on PATH, then restart Connect");
    }

    @Override
    public CharsetEncoder newEncoder() {
      throw new UnsupportedOperationException("this Java runtime cannot write " + name());
    }
  }
}
