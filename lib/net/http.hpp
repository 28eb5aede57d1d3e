#pragma once

#include "base/result.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rs::net {

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/"; // path and query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string peer_address; // server side: of the client, without port

  // The first header of that name (case-insensitive), or "".
  std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers; // further ones
};

inline constexpr std::size_t kMaxHttpBody = 1 << 20;    // larger is status 413
inline constexpr std::size_t kMaxHttpHeader = 16 << 10; // larger is status 431

} // namespace rs::net
