#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "daemon/reactor.hpp"
#include "net/http.hpp"
#include "net/transport.hpp"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rs::net {

struct Url {
  std::string host; // without brackets
  std::uint16_t port = 443;
  std::string authority() const; // HOST:PORT, brackets for IPv6
};
Result<Url> parse_url(std::string_view text); // https://HOST[:PORT][/]; anything else is `invalid`

// Keeps TLS session tickets between runs of a program. An unreadable one is a miss.
class TicketStore {
 public:
  virtual ~TicketStore() = default;
  virtual std::optional<Bytes> load(const std::string& key) = 0;
  virtual void save(const std::string& key, ByteView session) = 0;
};
// A file a key below `directory` (0700, files 0600), replaced by rename.
std::unique_ptr<TicketStore> make_ticket_store(const std::string& directory);

// A step of connecting that is done; they come in this order (the proxy's answer only where there is one).
struct ConnectStep {
  enum class What { resolved, connected, proxy_answered, secured };
  What what;
  std::vector<std::string> addresses; // resolved: all; connected: the one
};

struct ConnectOptions {
  Url url;
  std::optional<std::string> proxy; // value of HTTPS_PROXY: http://[USER:PASSWORD@]HOST:PORT; CONNECT is used
  std::string pinned_relay;         // fingerprint, or "": part of the ticket's key
  TicketStore* tickets = nullptr;   // used only with a pinned relay; outlives the connection and its link
  std::string ca_file;              // "" for the system's
  std::size_t max_message = 0;      // bytes of a link's message
  Millis timeout{10'000};           // for connect, proxy and TLS together
  Millis request_timeout{30'000};   // for one request, and for the upgrade
  Millis ping_after{20'000};
  Millis dead_after{45'000};
  std::function<void(const ConnectStep&)> on_step = {}; // for whoever wants to see the way
};

// What TLS said of the server. Where a relay key is pinned the relay statement decides over spki_sha256 and the
// chain is not needed; else chain_ok must be true. Filled also where the session was resumed.
struct ServerIdentity {
  std::array<std::uint8_t, 32> spki_sha256{};
  bool chain_ok = false;   // publicly trusted (or by ca_file), in date, and for this host
  std::string chain_error; // why not
  std::string issuer;      // of the certificate, for messages
  std::string protocol;    // "TLSv1.3"
  std::string cipher;      // OpenSSL's name
  bool resumed = false;
};

// One TLS connection: some HTTP requests, then perhaps its upgrade to a link. On its reactor's thread only.
class Client {
 public:
  using OnConnected = std::function<void(Result<std::unique_ptr<Client>>)>;
  using OnResponse = std::function<void(Result<HttpResponse>)>;
  using OnLink = std::function<void(Result<std::unique_ptr<Transport>>)>;

  // `relay-unreachable` (DNS, TCP, proxy, TLS, timeout; the message says which step and why).
  static void connect(daemon::Reactor& reactor, ConnectOptions options, OnConnected done);
  virtual ~Client() = default; // closes
  virtual const ServerIdentity& identity() const = 0;
  // One at a time. `connection-lost`, `timeout`, `invalid` (no HTTP).
  virtual void request(HttpRequest request, OnResponse done) = 0;
  // The connection becomes the link's; this object is then empty. `unsupported`: the server did not upgrade.
  virtual void upgrade(OnLink done) = 0;
};

} // namespace rs::net
