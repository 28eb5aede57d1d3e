#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

inline constexpr std::size_t kMaxListeners = 200;

// Addresses as /proc/net has them: 8 or 32 hex digits in the words of this machine's byte order. "" for anything else.
std::string address_text(std::string_view hex);

struct ListeningSocket {
  std::string address;
  std::uint16_t port = 0;
  std::uint64_t inode = 0;
};
// /proc/net/tcp and tcp6 (state LISTEN), udp and udp6 (not connected).
std::vector<ListeningSocket> parse_sockets(std::string_view text, bool is_tcp);

// With the processes that hold them, as far as they are visible.
std::vector<session::DiagListener> listeners(const Probe& probe);

} // namespace rs::agent::diag
