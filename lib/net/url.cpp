#include "net/url.hpp"

#include <charconv>

namespace rs::net {
namespace {

struct Authority {
  std::string host;
  std::optional<std::uint16_t> port;
};

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc() || end != text.data() + text.size() || port == 0)
    return fail(Errc::invalid, "'" + std::string(text) + "' is no port");
  return port;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

// HOST[:PORT], an IPv6 address in brackets.
Result<Authority> parse_authority(std::string_view text) {
  Authority out;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return fail(Errc::invalid, "']' is missing behind the address");
    out.host = std::string(text.substr(1, end - 1));
    port = text.substr(end + 1);
    if (out.host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos)
      return fail(Errc::invalid, "'" + out.host + "' is no address");
  } else {
    const auto colon = text.find(':');
    out.host = std::string(text.substr(0, colon));
    port = colon == text.npos ? std::string_view() : text.substr(colon);
    if (!std::ranges::all_of(out.host, is_host_character)) return fail(Errc::invalid, "'" + out.host + "' is no host");
  }
  if (out.host.empty()) return fail(Errc::invalid, "the host is missing");
  if (port.empty()) return out;
  if (port.front() != ':') return fail(Errc::invalid, "':' and a port are expected behind the address");
  RS_TRY(out.port, parse_port(port.substr(1)));
  return out;
}

Result<std::string> decode_escapes(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const auto byte = from_hex(text.substr(at + 1, 2));
    if (!byte || byte->size() != 1) return fail(Errc::invalid, "an escape in the proxy's user or password is incomplete");
    out += static_cast<char>(byte->front());
    at += 2;
  }
  return out;
}

std::string_view without_slash(std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

} // namespace

std::string Url::authority() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

Result<Url> parse_url(std::string_view text) {
  constexpr std::string_view kScheme = "https://";
  const std::string where = "URL '" + std::string(text) + "'";
  if (!text.starts_with(kScheme)) return fail(Errc::invalid, where + ": it must begin with https://");
  auto authority = parse_authority(without_slash(text.substr(kScheme.size())));
  if (!authority) return within(where, authority.error());
  return Url{authority->host, authority->port.value_or(443)};
}

Result<Proxy> parse_proxy(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme)) return fail(Errc::invalid, "proxy: it must begin with http://");
  text = without_slash(text.substr(kScheme.size()));
  Proxy out;
  if (const auto at = text.rfind('@'); at != text.npos) {
    auto user = decode_escapes(text.substr(0, at));
    if (!user) return user.error();
    out.authorization = "Basic " + base64(as_bytes(*user));
    text = text.substr(at + 1);
  }
  auto authority = parse_authority(text);
  if (!authority) return within("proxy", authority.error());
  out.host = authority->host;
  out.port = authority->port.value_or(out.port);
  return out;
}

} // namespace rs::net
