#pragma once

#include "base/clock.hpp"
#include "cli/doctor/hop.hpp"
#include "cli/profile_documents.hpp"
#include "net/client.hpp"

#include <string_view>

// What a hop's facts mean. Pure.
namespace rs::cli::doctor {

// The time of an HTTP Date header in its one current form (RFC 9110 §5.6.7). `invalid` else.
Result<WallTime> parse_http_date(std::string_view text);

// How far this clock is from the relay's; five minutes are tolerated. `date`: of the header, "" where there was none.
Hop judge_clock(WallTime here, std::string_view date);

// Whether the key of the TLS connection is the relay's own. `statement`: what the relay's verified statement says of it
// (an error: it could not be verified; nothing: no relay is pinned yet).
Hop judge_certificate(const net::ServerIdentity& server, const std::optional<Result<bool>>& names_key);

// Files that only their owner may read. A directory that is not there yet is fine: nobody has signed in.
Hop judge_key_files(const std::string& profile_directory);

} // namespace rs::cli::doctor
