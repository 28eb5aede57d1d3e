#include "net/http_text.hpp"

namespace rs::net {
namespace {

std::string_view reason_of(unsigned status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Status";
  }
}

void add_header(std::string& out, std::string_view name, std::string_view value) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  if (name.find_first_of(kBreaks) != name.npos || value.find_first_of(kBreaks) != value.npos) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

std::string format_response(const HttpResponse& response, bool keep_alive, bool without_body) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason_of(response.status)) + "\r\n";
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) add_header(out, "Content-Type", response.content_type);
  if (!bodiless) add_header(out, "Content-Length", std::to_string(response.body.size()));
  if (!keep_alive) add_header(out, "Connection", "close");
  for (const auto& [name, value] : response.headers) add_header(out, name, value);
  out += "\r\n";
  if (!without_body && !bodiless) out += response.body;
  return out;
}

std::string format_request(const HttpRequest& request, const std::string& host) {
  std::string out = request.method + " " + request.target + " HTTP/1.1\r\n";
  add_header(out, "Host", host);
  if (!request.body.empty() || request.method != "GET") add_header(out, "Content-Length", std::to_string(request.body.size()));
  for (const auto& [name, value] : request.headers) add_header(out, name, value);
  out += "\r\n";
  return out + request.body;
}

} // namespace rs::net
