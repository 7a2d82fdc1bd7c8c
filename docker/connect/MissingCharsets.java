package dev.lakestand;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.spi.CharsetProvider;
import java.util.Iterator;
import java.util.List;

/**
 * The charsets of the module jdk.charsets that MySQL's driver asks for and a trimmed Java runtime lacks.
 *
 * The driver takes a MySQL charset whose Java charset is missing for UTF-8; then it asks the server for eucjpms
 * where it should ask for utf8mb4, and every letter beyond ASCII is garbled. The tables are MySQL's own, as
 * SELECT CONVERT(_macce x'80' USING utf16) shows them.
 */
public final class MissingCharsets extends CharsetProvider {
  // The characters of the bytes from 0x80 on.
  private static final String WINDOWS_1256 =
      "\u20AC\u067E\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\uFFFD\u2039\u0152\u0686\u0698\uFFFD"
          + "\u06AF\u2018\u2019\u201C\u201D\u2022\u2013\u2014\uFFFD\u2122\uFFFD\u203A\u0153\u200C\u200D\uFFFD"
          + "\u00A0\u060C\u00A2\u00A3\u00A4\u00A5\u00A6\u00A7\u00A8\u00A9\uFFFD\u00AB\u00AC\u00AD\u00AE\u00AF"
          + "\u00B0\u00B1\u00B2\u00B3\u00B4\u00B5\u00B6\u00B7\u00B8\u00B9\u061B\u00BB\u00BC\u00BD\u00BE\u061F"
          + "\uFFFD\u0621\u0622\u0623\u0624\u0625\u0626\u0627\u0628\u0629\u062A\u062B\u062C\u062D\u062E\u062F"
          + "\u0630\u0631\u0632\u0633\u0634\u0635\u0636\u00D7\u0637\u0638\u0639\u063A\u0640\u0641\u0642\u0643"
          + "\u00E0\u0644\u00E2\u0645\u0646\u0647\u0648\u00E7\u00E8\u00E9\u00EA\u00EB\u0649\u064A\u00EE\u00EF"
          + "\u064B\u064C\u064D\u064E\u00F4\u064F\u0650\u00F7\u0651\u00F9\u0652\u00FB\u00FC\u200E\u200F\uFFFD";
  private static final String MAC_ROMAN =
      "\u00C4\u00C5\u00C7\u00C9\u00D1\u00D6\u00DC\u00E1\u00E0\u00E2\u00E4\u00E3\u00E5\u00E7\u00E9\u00E8"
          + "\u00EA\u00EB\u00ED\u00EC\u00EE\u00EF\u00F1\u00F3\u00F2\u00F4\u00F6\u00F5\u00FA\u00F9\u00FB\u00FC"
          + "\u2020\u00B0\u00A2\u00A3\u00A7\u2022\u00B6\u00DF\u00AE\u00A9\u2122\u00B4\u00A8\u2260\u00C6\u00D8"
          + "\u221E\u00B1\u2264\u2265\u00A5\u00B5\u2202\u2211\u220F\u03C0\u222B\u00AA\u00BA\u03A9\u00E6\u00F8"
          + "\u00BF\u00A1\u00AC\u221A\u0192\u2248\u2206\u00AB\u00BB\u2026\u00A0\u00C0\u00C3\u00D5\u0152\u0153"
          + "\u2013\u2014\u201C\u201D\u2018\u2019\u00F7\u25CA\u00FF\u0178\u2044\u20AC\u2039\u203A\uFB01\uFB02"
          + "\u2021\u00B7\u201A\u201E\u2030\u00C2\u00CA\u00C1\u00CB\u00C8\u00CD\u00CE\u00CF\u00CC\u00D3\u00D4"
          + "\uF8FF\u00D2\u00DA\u00DB\u00D9\u0131\u02C6\u02DC\u00AF\u02D8\u02D9\u02DA\u00B8\u02DD\u02DB\u02C7";
  private static final String MAC_CENTRAL_EUROPE =
      "\u00C4\u0100\u0101\u00C9\u0104\u00D6\u00DC\u00E1\u0105\u010C\u00E4\u010D\u0106\u0107\u00E9\u0179"
          + "\u017A\u010E\u00ED\u010F\u0112\u0113\u0116\u00F3\u0117\u00F4\u00F6\u00F5\u00FA\u011A\u011B\u00FC"
          + "\u2020\u00B0\u0118\u00A3\u00A7\u2022\u00B6\u00DF\u00AE\u00A9\u2122\u0119\u00A8\u2260\u0123\u012E"
          + "\u012F\u012A\u2264\u2265\u012B\u0136\u2202\u2211\u0142\u013B\u013C\u013D\u013E\u0139\u013A\u0145"
          + "\u0146\u0143\u00AC\u221A\u0144\u0147\u2206\u00AB\u00BB\u2026\u00A0\u0148\u0150\u00D5\u0151\u014C"
          + "\u2013\u2014\u201C\u201D\u2018\u2019\u00F7\u25CA\u014D\u0154\u0155\u0158\u2039\u203A\u0159\u0156"
          + "\u0157\u0160\u201A\u201E\u0161\u015A\u015B\u00C1\u0164\u0165\u00CD\u017D\u017E\u016A\u00D3\u00D4"
          + "\u016B\u016E\u00DA\u016F\u0170\u0171\u0172\u0173\u00DD\u00FD\u0137\u017B\u0141\u017C\u0122\u02C7";
  private static final List<Charset> ALL =
      List.of(
          new Table("windows-1256", "Cp1256", WINDOWS_1256),
          new Table("x-MacRoman", "MacRoman", MAC_ROMAN),
          new Table("x-MacCentralEurope", "MacCentralEurope", MAC_CENTRAL_EUROPE),
          new Japanese("x-eucJP-Open", "EUC_JP_Solaris", false),
          new Japanese("x-IBM943", "Cp943", true));

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

  /** A charset of one byte a character. */
  private static final class Table extends Charset {
    private final String upper;

    Table(String name, String alias, String upper) {
      super(name, new String[] {alias});
      this.upper = upper;
    }

    @Override
    public boolean contains(Charset other) {
      return false;
    }

    @Override
    public CharsetDecoder newDecoder() {
      return new CharsetDecoder(this, 1, 1) {
        @Override
        protected CoderResult decodeLoop(ByteBuffer in, CharBuffer out) {
          while (in.hasRemaining()) {
            if (!out.hasRemaining()) {
              return CoderResult.OVERFLOW;
            }
            int each = in.get() & 0xFF;
            out.put(each < 0x80 ? (char) each : upper.charAt(each - 0x80));
          }
          return CoderResult.UNDERFLOW;
        }
      };
    }

    @Override
    public CharsetEncoder newEncoder() {
      return new CharsetEncoder(this, 1, 1) {
        @Override
        protected CoderResult encodeLoop(CharBuffer in, ByteBuffer out) {
          while (in.hasRemaining()) {
            if (!out.hasRemaining()) {
              return CoderResult.OVERFLOW;
            }
            char each = in.get(in.position());
            int place = each < 0x80 ? each : upper.indexOf(each) + 0x80;
            if (each >= 0x80 && place < 0x80) {
              return CoderResult.unmappableForLength(1);
            }
            in.get();
            out.put((byte) place);
          }
          return CoderResult.UNDERFLOW;
        }
      };
    }
  }

  /** EUC-JP with the characters of Windows' Japanese charset, the same code points in other bytes; or that charset. */
  private static final class Japanese extends Charset {
    private final boolean shifted;

    Japanese(String name, String alias, boolean shifted) {
      super(name, new String[] {alias});
      this.shifted = shifted;
    }

    @Override
    public boolean contains(Charset other) {
      return false;
    }

    @Override
    public CharsetDecoder newDecoder() {
      if (shifted) {
        return Charset.forName("windows-31j").newDecoder();
      }
      return new CharsetDecoder(this, 1, 1) {
        @Override
        protected CoderResult decodeLoop(ByteBuffer in, CharBuffer out) {
          while (in.hasRemaining()) {
            int lead = in.get(in.position()) & 0xFF;
            int length = lead < 0x80 ? 1 : lead == 0x8F ? 3 : 2;
            if (in.remaining() < length) {
              return CoderResult.UNDERFLOW;
            }
            if (!out.hasRemaining()) {
              return CoderResult.OVERFLOW;
            }
            byte[] bytes = new byte[length];
            in.get(bytes);
            out.put(character(bytes));
          }
          return CoderResult.UNDERFLOW;
        }
      };
    }

    private static char character(byte[] bytes) {
      int lead = bytes[0] & 0xFF;
      if (bytes.length != 2 || lead == 0x8E) {
        return new String(bytes, Charset.forName("EUC-JP")).charAt(0);
      }
      int row = lead - 0xA1;
      int cell = (bytes[1] & 0xFF) - 0xA1;
      int high = row / 2 + (row < 62 ? 0x81 : 0xC1);
      int low = row % 2 == 1 ? cell + 0x9F : cell + (cell < 63 ? 0x40 : 0x41);
      return new String(new byte[] {(byte) high, (byte) low}, Charset.forName("windows-31j")).charAt(0);
    }

    @Override
    public CharsetEncoder newEncoder() {
      throw new UnsupportedOperationException("this Java runtime cannot write " + name());
    }
  }
}
