package org.apache.iceberg.rest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.catalog.Catalog;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Iceberg's own reference REST catalogue, listening on one address only.
 * org.apache.iceberg.rest.RESTCatalogServer does the same on 0.0.0.0 and has no option for it.
 * Arguments: host, port, file of "key: value" lines with the catalogue's properties.
 */
public final class LoopbackCatalogServer {
  public static void main(String[] args) throws Exception {
    Catalog catalog =
        CatalogUtil.buildIcebergCatalog("rest_backend", properties(Path.of(args[2])), new Configuration());
    ServletContextHandler context = new ServletContextHandler(ServletContextHandler.NO_SESSIONS);
    context.setContextPath("/");
    context.addServlet(new ServletHolder(new RESTCatalogServlet(new RESTCatalogAdapter(catalog))), "/*");
    Server server = new Server();
    server.addConnector(connector(server, args[0], Integer.parseInt(args[1])));
    server.setHandler(context);
    server.setStopAtShutdown(true);
    server.start();
    server.join();
  }

  /**
   * Takes names with a slash, a percent sign or a control character: Jetty's own rules answer 400 to a path that has
   * them escaped, so a table of such a name could be made, for then its name is in the body, and never be loaded or
   * dropped. The catalogue's servlet reads the path as it was sent, and unescapes each part by itself.
   */
  private static ServerConnector connector(Server server, String host, int port) {
    HttpConfiguration http = new HttpConfiguration();
    http.setUriCompliance(
        UriCompliance.DEFAULT.with(
            "names of tables",
            Violation.AMBIGUOUS_PATH_SEPARATOR,
            Violation.AMBIGUOUS_PATH_ENCODING,
            Violation.SUSPICIOUS_PATH_CHARACTERS,
            Violation.ILLEGAL_PATH_CHARACTERS));
    ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    return connector;
  }

  private static Map<String, String> properties(Path file) throws Exception {
    Map<String, String> found = new HashMap<>();
    for (String line : Files.readAllLines(file)) {
      int colon = line.indexOf(": ");
      if (colon > 0 && !line.startsWith("#")) {
        found.put(line.substring(0, colon), line.substring(colon + 2).replace("\"", ""));
      }
    }
    return found;
  }
}
