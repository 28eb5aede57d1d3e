#include "agentd/services/diag/network.hpp"

#include "agentd/services/diag/scan.hpp"
#include "agentd/services/diag/sockets.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <bit>
#include <memory>

namespace rs::agent::diag {
namespace {

constexpr std::uint32_t kRejects = 0x0200; // RTF_REJECT: a route that says no

struct Freer {
  void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

template <class Address, std::size_t N>
std::string with_prefix(int family, const Address& address, const std::array<std::uint8_t, N>& mask) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::inet_ntop(family, &address, text.data(), text.size()) == nullptr) return {};
  int bits = 0;
  for (const auto byte : mask) bits += std::popcount(byte);
  return std::string(text.data()) + "/" + std::to_string(bits);
}

std::string address_of(const ifaddrs& entry) {
  if (entry.ifa_addr == nullptr || entry.ifa_netmask == nullptr) return {};
  if (entry.ifa_addr->sa_family == AF_INET) {
    const auto* address = reinterpret_cast<const sockaddr_in*>(entry.ifa_addr);
    const auto* mask = reinterpret_cast<const sockaddr_in*>(entry.ifa_netmask);
    return with_prefix(AF_INET, address->sin_addr, std::bit_cast<std::array<std::uint8_t, 4>>(mask->sin_addr));
  }
  if (entry.ifa_addr->sa_family != AF_INET6) return {};
  const auto* address = reinterpret_cast<const sockaddr_in6*>(entry.ifa_addr);
  const auto* mask = reinterpret_cast<const sockaddr_in6*>(entry.ifa_netmask);
  return with_prefix(AF_INET6, address->sin6_addr, std::bit_cast<std::array<std::uint8_t, 16>>(mask->sin6_addr));
}

std::map<std::string, std::vector<std::string>> addresses() {
  std::map<std::string, std::vector<std::string>> out;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return out;
  const std::unique_ptr<ifaddrs, Freer> owner(list);
  for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
    auto& of_interface = out[entry->ifa_name];
    if (auto text = address_of(*entry); !text.empty() && of_interface.size() < kMaxAddresses)
      of_interface.push_back(std::move(text));
  }
  return out;
}

std::vector<session::DiagInterface> interfaces() {
  const auto counters = parse_net_dev(read_text("/proc/net/dev").value_or(""));
  std::vector<session::DiagInterface> out;
  for (auto& [name, of_interface] : addresses()) {
    session::DiagInterface row;
    row.name = name;
    const auto directory = "/sys/class/net/" + name + "/";
    row.state = read_line(directory + "operstate");
    row.mac = read_line(directory + "address");
    row.mtu = number_of<std::uint32_t>(read_line(directory + "mtu").value_or(""));
    row.addresses = std::move(of_interface);
    if (const auto found = counters.find(name); found != counters.end()) {
      row.rx_bytes = found->second.rx_bytes;
      row.tx_bytes = found->second.tx_bytes;
    }
    out.push_back(std::move(row));
  }
  return out;
}

// ipv6_route's addresses are 32 hex digits in network order.
std::string v6_text(std::string_view hex) {
  in6_addr address{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  for (std::size_t i = 0; i < sizeof address.s6_addr; ++i) {
    const auto byte = hex.size() == 32 ? number_of<std::uint8_t>(hex.substr(i * 2, 2), 16) : std::nullopt;
    if (!byte) return {};
    address.s6_addr[i] = *byte;
  }
  return ::inet_ntop(AF_INET6, &address, text.data(), text.size()) == nullptr ? "" : text.data();
}

} // namespace

std::map<std::string, InterfaceCounters> parse_net_dev(std::string_view text) {
  constexpr std::size_t kReceived = 0, kSent = 8;
  std::map<std::string, InterfaceCounters> out;
  for (const auto line : lines_of(text)) {
    const auto colon = line.rfind(':'); // an alias may have one in its name
    if (colon == std::string_view::npos) continue;
    const auto words = words_of(line.substr(colon + 1));
    if (words.size() <= kSent) continue;
    const auto received = number_of<std::uint64_t>(words[kReceived]);
    const auto sent = number_of<std::uint64_t>(words[kSent]);
    if (received && sent) out[short_text(trimmed(line.substr(0, colon)))] = {*received, *sent};
  }
  return out;
}

std::vector<session::DiagRoute> parse_routes_v4(std::string_view text) {
  constexpr std::size_t kInterface = 0, kTo = 1, kGateway = 2, kFlags = 3, kMetric = 6, kMask = 7;
  std::vector<session::DiagRoute> routes;
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() <= kMask || words[kTo] != "00000000" || words[kMask] != "00000000") continue;
    if (number_of<std::uint32_t>(words[kFlags], 16).value_or(0) & kRejects) continue;
    auto gateway = address_text(words[kGateway]);
    if (gateway.empty()) continue;
    routes.push_back({std::move(gateway), short_text(words[kInterface]), number_of<std::uint32_t>(words[kMetric]).value_or(0)});
  }
  return routes;
}

std::vector<session::DiagRoute> parse_routes_v6(std::string_view text) {
  constexpr std::size_t kTo = 0, kToLength = 1, kGateway = 4, kMetric = 5, kFlags = 8, kInterface = 9;
  std::vector<session::DiagRoute> routes;
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() <= kInterface || words[kToLength] != "00" || words[kTo] != std::string(32, '0')) continue;
    if (number_of<std::uint32_t>(words[kFlags], 16).value_or(kRejects) & kRejects) continue;
    auto gateway = v6_text(words[kGateway]);
    if (gateway.empty()) continue;
    routes.push_back(
        {std::move(gateway), short_text(words[kInterface]), number_of<std::uint32_t>(words[kMetric], 16).value_or(0)});
  }
  return routes;
}

std::vector<std::string> parse_resolv_conf(std::string_view text) {
  std::vector<std::string> servers;
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() >= 2 && words[0] == "nameserver") servers.push_back(short_text(words[1]));
  }
  return servers;
}

Result<session::DiagNetwork> read_network(const Probe& probe) {
  session::DiagNetwork network;
  network.interfaces = interfaces();
  network.default_routes = parse_routes_v4(read_text("/proc/net/route").value_or(""));
  for (auto& route : parse_routes_v6(read_text("/proc/net/ipv6_route").value_or("")))
    network.default_routes.push_back(std::move(route));
  network.dns = parse_resolv_conf(read_text("/etc/resolv.conf").value_or(""));
  network.listening = listeners(probe);
  cap(network.interfaces, kMaxInterfaces, network.left_out);
  cap(network.default_routes, kMaxRoutes, network.left_out);
  cap(network.dns, kMaxDnsServers, network.left_out);
  cap(network.listening, kMaxListeners, network.left_out);
  return network;
}

} // namespace rs::agent::diag
