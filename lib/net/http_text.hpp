#pragma once

#include "net/http.hpp"

#include <string>

namespace rs::net {

// Messages as they stand on the wire. Header values with line breaks are left out.
std::string format_response(const HttpResponse& response, bool keep_alive, bool without_body);
std::string format_request(const HttpRequest& request, const std::string& host);

} // namespace rs::net
