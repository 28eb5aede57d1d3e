#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

inline constexpr std::size_t kMaxInterfaces = 100;
inline constexpr std::size_t kMaxAddresses = 16; // of one interface
inline constexpr std::size_t kMaxRoutes = 16;
inline constexpr std::size_t kMaxDnsServers = 16;

struct InterfaceCounters {
  std::uint64_t rx_bytes = 0;
  std::uint64_t tx_bytes = 0;
};
std::map<std::string, InterfaceCounters> parse_net_dev(std::string_view text); // /proc/net/dev
std::vector<session::DiagRoute> parse_routes_v4(std::string_view text);        // /proc/net/route: the default ones
std::vector<session::DiagRoute> parse_routes_v6(std::string_view text);        // /proc/net/ipv6_route: the same
std::vector<std::string> parse_resolv_conf(std::string_view text);             // its name servers

Result<session::DiagNetwork> read_network(const Probe& probe);

} // namespace rs::agent::diag
