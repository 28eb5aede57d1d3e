#pragma once

#include "cli/loop.hpp"
#include "net/client.hpp"

namespace rs::cli {

// One TLS connection as blocking calls on the command's loop.
class Connection {
 public:
  static Result<Connection> open(Loop& loop, net::ConnectOptions options);

  const net::ServerIdentity& identity() const { return client_->identity(); }
  Result<net::HttpResponse> exchange(net::HttpRequest request);
  // The connection becomes the link's; this object is then empty.
  Result<std::unique_ptr<net::Transport>> upgrade();

 private:
  Connection(Loop& loop, std::unique_ptr<net::Client> client) : loop_(&loop), client_(std::move(client)) {}
  Loop* loop_;
  std::unique_ptr<net::Client> client_;
};

} // namespace rs::cli
