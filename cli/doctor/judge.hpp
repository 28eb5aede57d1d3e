#pragma once

#include "base/clock.hpp"
#include "cli/doctor/hop.hpp"
#include "cli/profile_documents.hpp"
#include "net/client.hpp"

#include <optional>
#include <string_view>
#include <vector>

// What a hop's facts mean. Pure.
namespace rs::cli::doctor {

// How far this clock is from the relay's; five minutes are tolerated. `date`: of the header, "" where there was none.
Hop judge_clock(WallTime here, std::string_view date);

// Whether these are SHA-256 of the keys of TLS fronts, the server's own among them.
bool names_key(const std::vector<Bytes>& keys, const net::ServerIdentity& server);

// Whether the key of the TLS connection is the relay's own. `keys`: those of the relay's verified statement (an error: it
// could not be verified; nothing: no relay is pinned yet).
Hop judge_certificate(const net::ServerIdentity& server, const std::optional<Result<std::vector<Bytes>>>& keys);

// Files that only their owner may read. A directory that is not there yet is fine: nobody has signed in.
Hop judge_key_files(const std::string& profile_directory);

} // namespace rs::cli::doctor
