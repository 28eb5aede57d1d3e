#pragma once

#include "measure.hpp"

#include "crypto/random.hpp"
#include "daemon/files.hpp"
#include "daemon/reactor.hpp"
#include "daemon/system_clock.hpp"
#include "net/client.hpp"
#include "relayd/data_dir.hpp"
#include "relayd/init.hpp"
#include "relayd/store/sqlite_store.hpp"
#include "relayd/tenants.hpp"
#include "session/peer_link.hpp"
#include "wire/limits.hpp"

#include <csignal>
#include <filesystem>
#include <memory>

// A real relay in a scratch directory, with identities made straight in its store, for programs that measure links.
namespace rs::bench {

[[noreturn]] inline void die(const Error& error) {
  std::fprintf(stderr, "bench: %s: %s\n", std::string(name(error.code)).c_str(), error.message.c_str());
  std::_Exit(1);
}
template <class T>
T must(Result<T> result) {
  if (!result) die(result.error());
  return std::move(*result);
}
inline void must(Result<void> result) {
  if (!result) die(result.error());
}

struct BenchAgent {
  AgentId id;
  session::Identity identity;
  sealed::AgentClaims claims;
};

class BenchRelay {
 public:
  explicit BenchRelay(std::size_t agents) {
    char name[] = "/tmp/rs-bench-XXXXXX";
    if (!::mkdtemp(name)) std::abort();
    directory = name;
    relay::InitOptions options;
    options.data = directory + "/data";
    options.self_signed = {"127.0.0.1"};
    options.admin = "admin@bench.example";
    options.admin_password = "bench-pass-1";
    options.org_root_out = directory + "/root.jwk";
    const auto report = must(relay::init(options, clock, random));
    relay_fingerprint = report.relay_fingerprint;
    fill(agents, report.org_fingerprint);
  }
  BenchRelay(const BenchRelay&) = delete;
  ~BenchRelay() {
    std::error_code ignored;
    if (owner != ::getpid()) return;
    if (pid > 0) {
      ::kill(pid, SIGKILL); // it has said all that is wanted; thousands of goodbyes are not measured
      ::waitpid(pid, nullptr, 0);
    }
    std::filesystem::remove_all(directory, ignored);
  }

  // The real program, as a child; it ends with this object.
  void start_relayd(const std::string& program, const std::string& listen, std::size_t threads) {
    const Pipe ready;
    pid = ::fork();
    if (pid == 0) {
      ::dup2(ready.write, 9);
      const auto count = std::to_string(threads);
      const auto data = directory + "/data";
      ::execl(program.c_str(), "relayd", "--log-level", "error", "serve", "--data", data.c_str(), "--listen", listen.c_str(),
              "--threads", count.c_str(), "--ready-fd", "9", nullptr);
      ::_exit(127);
    }
    ::close(ready.write);
    std::string line;
    for (char c = 0; ::read(ready.read, &c, 1) == 1 && c != '\n';) line += c;
    ::close(ready.read);
    if (line.empty()) die(fail(Errc::io, "relayd did not start: " + program));
    port = std::atoi(line.substr(line.rfind(':') + 1).c_str());
  }
  Cpu relay_cpu() const { return cpu_of(pid); }
  long relay_kib(const std::string& name) const { return memory_kib(name, std::to_string(pid)); }

  session::LinkTrust trust(const net::Client& client) const {
    const auto& spki = client.identity().spki_sha256;
    return {{relay_fingerprint, {}, 0}, {org.org, crypto::fingerprint(org.root), 0}, Bytes(spki.begin(), spki.end())};
  }

  // Connects and upgrades; `done` gets the client's identity and the link.
  void connect(daemon::Reactor& reactor, const std::string& host,
               std::function<void(const net::Client&, std::unique_ptr<net::Transport>)> done) {
    net::ConnectOptions options;
    options.url = {host, static_cast<std::uint16_t>(port)};
    options.pinned_relay = relay_fingerprint;
    options.max_message = wire::kMaxMessage;
    net::Client::connect(reactor, options, [done = std::move(done)](auto connected) {
      auto client = std::make_shared<std::unique_ptr<net::Client>>(must(std::move(connected)));
      (*client)->upgrade([client, done](auto link) { done(**client, must(std::move(link))); });
    });
  }

  daemon::SystemClock clock;
  crypto::Random& random = crypto::system_random();
  std::string directory;
  std::string relay_fingerprint;
  sealed::OrgStatement org;
  std::unique_ptr<session::Identity> technician;
  std::vector<BenchAgent> agents;
  pid_t owner = ::getpid();
  pid_t pid = -1; // of relayd
  int port = 0;

 private:
  session::Identity new_keys() { return {crypto::Ed25519Key::generate(random), crypto::X25519Key::generate(random), {}}; }

  void fill(std::size_t count, const std::string& org_fingerprint) {
    const relay::DataDir dir{directory + "/data"};
    auto store = must(store::SqliteStore::open(dir.store()));
    const auto tenants = must(relay::Tenants::load(*store, must(relay::read_column_key(dir))));
    const auto& tenant = *tenants->only();
    org = must(sealed::verify_org_statement(tenant.row.org_statement, {tenant.row.id, org_fingerprint, 0}));
    const auto user = must(store->find_user(tenant.row.id, "admin@bench.example"));
    technician = std::make_unique<session::Identity>(new_keys());
    technician->certificate =
        tenant.issue_technician(user, {technician->sign.public_key(), technician->noise.public_key()}, clock.wall());
    must(store->add_device(tenant.row.id, {.id = "d-bench",
                                           .user = user.id,
                                           .sign_key = technician->sign.public_key(),
                                           .noise_key = technician->noise.public_key(),
                                           .created = clock.wall(),
                                           .last_used = {}}));
    for (std::size_t i = 0; i < count; ++i) {
      auto keys = new_keys();
      store::Agent row{.id = AgentId::from_random(random.array<kIdRandomBytes>()),
                       .name = "agent" + std::to_string(i),
                       .tags = {},
                       .sign_key = keys.sign.public_key(),
                       .noise_key = keys.noise.public_key(),
                       .os = "linux",
                       .version = "bench",
                       .certificate = {},
                       .ephemeral = true,
                       .instance = {},
                       .next_instance = {},
                       .enrolled_at = clock.wall(),
                       .last_seen = {}};
      row.certificate = tenant.issue_agent(row, clock.wall());
      keys.certificate = row.certificate;
      must(store->add_agent(tenant.row.id, row));
      auto claims = must(sealed::verify_agent(row.certificate, org, clock.wall()));
      agents.push_back({row.id, std::move(keys), std::move(claims)});
    }
  }
};

template <class Run>
pid_t spawn(Run run) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  run();
  std::_Exit(0);
}

} // namespace rs::bench
