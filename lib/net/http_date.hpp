#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

// The Date header in its one current form (RFC 9110 §5.6.7): "Tue, 24 Nov 2026 08:30:00 GMT".
namespace rs::net {

std::string http_date(WallTime time);                    // whole seconds
Result<WallTime> parse_http_date(std::string_view text); // `invalid`; the day of the week is not looked at

} // namespace rs::net
