#include "net/proxy.hpp"

#include <algorithm>

namespace rs::net {
namespace {

std::optional<std::string> either_case(const Environment& environment, const char* lower, const char* upper) {
  if (auto value = environment(lower)) return value;
  return environment(upper);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// "*", the host itself, or a domain that it lies in, with or without the dot in front.
bool excludes(std::string_view entry, std::string_view host) {
  if (entry == "*" || entry == host) return true;
  if (entry.starts_with('.')) entry.remove_prefix(1);
  return host == entry || (host.size() > entry.size() && host.ends_with(entry) && host[host.size() - entry.size() - 1] == '.');
}

std::string trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(' ');
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(' ') - from + 1));
}

} // namespace

std::optional<std::string> proxy_for(std::string_view host, const Environment& environment) {
  auto proxy = either_case(environment, "https_proxy", "HTTPS_PROXY");
  if (!proxy) return std::nullopt;
  const auto exceptions = lower(either_case(environment, "no_proxy", "NO_PROXY").value_or(""));
  const auto name = lower(host);
  for (std::string_view rest = exceptions; !rest.empty();) {
    const auto entry = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
    if (const auto word = trimmed(entry); !word.empty() && excludes(word, name)) return std::nullopt;
  }
  return proxy;
}

} // namespace rs::net
