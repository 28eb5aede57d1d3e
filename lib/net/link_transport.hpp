#pragma once

#include "net/transport.hpp"
#include "net/wss.hpp"

#include <memory>

namespace rs::net {

struct KeepAlive {
  Millis ping_after; // without a byte from the peer
  Millis dead_after;
};

std::unique_ptr<Transport> make_link_transport(std::shared_ptr<WebSocket> socket, KeepAlive keep_alive);

} // namespace rs::net
