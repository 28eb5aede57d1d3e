#pragma once

#include "base/clock.hpp"
#include "daemon/reactor.hpp"
#include "net/http.hpp"
#include "net/transport.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rs::net {

inline constexpr std::string_view kLinkPath = "/v1/link";

struct ServerOptions {
  std::string address;         // "127.0.0.1", "::", …
  std::uint16_t port = 0;      // 0: the system picks one
  std::string certificate;     // PEM text, chain in order
  std::string private_key;     // PEM text
  std::size_t max_message = 0; // bytes of a link's message
  Millis ping_after{20'000};   // idle
  Millis dead_after{45'000};
  Millis handshake_timeout{10'000}; // TLS, and each HTTP request's arrival
};

// The one TLS port: HTTPS requests and, at kLinkPath, WebSocket links. Accepted connections are dealt to the
// reactors in turn and stay there. The reactors outlive the server; while it is destroyed no reactor runs on another
// thread.
class Server {
 public:
  class Handler {
   public:
    // On the connection's thread. `reply` is called once, from any thread, now or later; a reply after the
    // connection went is dropped.
    virtual void on_request(HttpRequest request, std::function<void(HttpResponse)> reply) = 0;
    // A link, on the thread of reactors[thread]; not started.
    virtual void on_link(std::size_t thread, std::unique_ptr<Transport> transport) = 0;

   protected:
    ~Handler() = default;
  };

  // `invalid`: certificate or key; `permission`, `conflict` (in use), `io`: the address.
  static Result<std::unique_ptr<Server>> listen(std::vector<daemon::Reactor*> reactors, ServerOptions options, Handler& handler);
  virtual ~Server() = default;
  virtual std::string bound_address() const = 0; // "ADDR:PORT" ("[ADDR]:PORT" for IPv6)
  // New connections get it; old ones keep theirs. From any thread. Session tickets stay valid while the key is the
  // same; a ticket made under another key leads to a full handshake.
  virtual Result<void> replace_certificate(const std::string& certificate, const std::string& private_key) = 0;
  virtual void stop_accepting() = 0; // from any thread; done soon, on the first reactor's
};

// SHA-256 of the SubjectPublicKeyInfo of the first certificate of a PEM text.
Result<std::array<std::uint8_t, 32>> spki_sha256_of_pem(const std::string& certificate);

struct SelfSigned {
  std::string certificate; // PEM
  std::string private_key; // PEM
};
// An ECDSA P-256 certificate for the hosts (DNS names or IP addresses), ten years.
Result<SelfSigned> make_self_signed(const std::vector<std::string>& hosts, WallTime now);

} // namespace rs::net
