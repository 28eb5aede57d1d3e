#include "agentd/services/diag/sockets.hpp"

#include "agentd/services/diag/scan.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstring>

namespace rs::agent::diag {
namespace {

struct Source {
  std::string_view protocol;
  const char* path;
};
constexpr Source kSources[] = {
    {"tcp", "/proc/net/tcp"}, {"tcp", "/proc/net/tcp6"}, {"udp", "/proc/net/udp"}, {"udp", "/proc/net/udp6"}};

std::string shown(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, address, text.data(), text.size()) == nullptr ? "" : text.data();
}

std::optional<std::uint64_t> socket_inode(std::string_view link) {
  constexpr std::string_view kMark = "socket:[";
  if (!link.starts_with(kMark) || !link.ends_with(']')) return std::nullopt;
  return number_of<std::uint64_t>(link.substr(kMark.size(), link.size() - kMark.size() - 1));
}

// The first process that holds each of the sockets; stops early where all are found.
void find_owners(const Probe& probe, const std::multimap<std::uint64_t, session::DiagListener*>& wanted) {
  std::size_t open = wanted.size();
  for (const auto& name : names_in("/proc")) {
    const auto pid = number_of<std::uint32_t>(name);
    if (!pid) continue;
    if (open == 0 || probe.is_over()) return;
    const auto directory = "/proc/" + name + "/fd/";
    for (const auto& descriptor : names_in(directory)) {
      const auto inode = socket_inode(link_target(directory + descriptor).value_or(""));
      if (!inode) continue;
      const auto [begin, end] = wanted.equal_range(*inode);
      for (auto at = begin; at != end; ++at) {
        if (at->second->pid) continue;
        at->second->pid = *pid;
        at->second->process = read_line("/proc/" + name + "/comm");
        --open;
      }
    }
  }
}

} // namespace

std::string address_text(std::string_view hex) {
  constexpr std::size_t kWordDigits = 8;
  std::array<std::uint32_t, 4> words{};
  if (hex.size() != kWordDigits && hex.size() != kWordDigits * words.size()) return {};
  const auto count = hex.size() / kWordDigits;
  for (std::size_t i = 0; i < count; ++i) {
    const auto word = number_of<std::uint32_t>(hex.substr(i * kWordDigits, kWordDigits), 16);
    if (!word) return {};
    words[i] = *word;
  }
  return shown(count == 1 ? AF_INET : AF_INET6, words.data());
}

std::vector<ListeningSocket> parse_sockets(std::string_view text, bool is_tcp) {
  constexpr std::size_t kLocal = 1, kRemote = 2, kState = 3, kInode = 9; // sl local remote st …
  std::vector<ListeningSocket> sockets;
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() <= kInode) continue;
    const bool waits = is_tcp ? words[kState] == "0A" : words[kRemote].ends_with(":0000");
    const auto [address, port] = cut_at(words[kLocal], ':');
    const auto number = number_of<std::uint16_t>(port, 16);
    if (!waits || !number || *number == 0) continue;
    auto shown_address = address_text(address);
    if (!shown_address.empty())
      sockets.push_back({std::move(shown_address), *number, number_of<std::uint64_t>(words[kInode]).value_or(0)});
  }
  return sockets;
}

std::vector<session::DiagListener> listeners(const Probe& probe) {
  std::vector<session::DiagListener> out;
  std::vector<std::uint64_t> inodes;
  for (const auto& source : kSources) {
    for (auto& socket : parse_sockets(read_text(source.path).value_or(""), source.protocol == "tcp")) {
      out.push_back({std::string(source.protocol), std::move(socket.address), socket.port, {}, {}});
      inodes.push_back(socket.inode);
    }
  }
  std::multimap<std::uint64_t, session::DiagListener*> wanted;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (inodes[i] != 0) wanted.emplace(inodes[i], &out[i]);
  }
  find_owners(probe, wanted);
  return out;
}

} // namespace rs::agent::diag
