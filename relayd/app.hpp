#pragma once

#include "base/clock.hpp"
#include "crypto/random.hpp"
#include "net/server.hpp"
#include "relayd/api/context.hpp"
#include "relayd/data_dir.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace rs::relay {

struct ServeOptions {
  std::string data;
  std::string config = {};                           // "" for relayd.json in the data directory
  std::string listen = "0.0.0.0:443";                // ADDR:PORT, [ADDR]:PORT
  std::size_t threads = 0;                           // 0: one a core; at most kMaxThreads
  std::optional<std::uint32_t> store_max_pages = {}; // of 4 KiB: the store's file grows no further; then nobody signs in
  Millis sweep_every = kSweepEvery;                  // how often links that say nothing are looked for
};

// A whole relay: store, identity, hub, API, TLS port. start() returns once the port is bound; the reactors run on threads
// of their own until stop().
class App final : public net::Server::Handler {
 public:
  static Result<std::unique_ptr<App>> start(const ServeOptions& options, const Clock& clock, crypto::Random& random);
  ~App();

  std::string bound_address() const { return server_->bound_address(); }
  // From any thread: reads certificate and key again and publishes a statement that names the new TLS key (and the old
  // one, for sessions that are resumed).
  Result<void> reload_tls();
  // Peers are told to go elsewhere first; then everything ends. Not from a reactor's thread.
  void stop();

 private:
  struct Parts; // in the order in which they depend on each other
  App(const Clock& clock, crypto::Random& random);

  void on_request(net::HttpRequest request, std::function<void(net::HttpResponse)> reply) override;
  void on_link(std::size_t thread, std::unique_ptr<net::Transport> transport) override;
  Result<void> open(const ServeOptions& options);
  Result<void> publish(std::vector<Bytes> spki);
  void renew_statement();

  const Clock& clock_;
  crypto::Random& random_;
  std::unique_ptr<Parts> parts_;
  std::unique_ptr<net::Server> server_;
  std::vector<std::thread> threads_;
};

} // namespace rs::relay
