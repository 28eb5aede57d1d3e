#pragma once

#include "daemon/reactor.hpp"
#include "net/transport.hpp"

#include <memory>
#include <utility>

namespace rs::net {

// Two ends of one link joined in memory, for tests: each message crosses in a task of its own on the reactor, in
// order. A message longer than `max_message` ends both with `limit`; destroying or closing one end closes the other.
std::pair<std::unique_ptr<Transport>, std::unique_ptr<Transport>> make_memory_link(daemon::Reactor& reactor,
                                                                                   std::size_t max_message);

} // namespace rs::net
