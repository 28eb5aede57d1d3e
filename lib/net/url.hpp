#pragma once

#include "net/client.hpp"

namespace rs::net {

struct Proxy {
  std::string host;
  std::uint16_t port = 3128;
  std::string authorization; // value of Proxy-Authorization, or ""
};
Result<Proxy> parse_proxy(std::string_view text); // http://[USER:PASSWORD@]HOST[:PORT][/], escapes decoded

} // namespace rs::net
