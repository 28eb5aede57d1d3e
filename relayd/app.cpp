#include "relayd/app.hpp"

#include "base/log.hpp"
#include "daemon/files.hpp"
#include "relayd/store/sqlite_store.hpp"
#include "wire/limits.hpp"

#include <charconv>
#include <future>

namespace rs::relay {
namespace {

const Logger kLog("relayd");
constexpr Millis kRetryAfter{1'000};         // peers of a relay that stops come back after this, jittered
constexpr Millis kStatementCheck{3'600'000};

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

Result<Address> parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  Address out;
  if (colon == std::string::npos || colon == 0) return fail(Errc::invalid, "--listen: '" + text + "' is not ADDR:PORT");
  out.host = text.substr(0, colon);
  if (out.host.starts_with('[') && out.host.ends_with(']')) out.host = out.host.substr(1, out.host.size() - 2);
  const auto* first = text.data() + colon + 1;
  const auto [end, error] = std::from_chars(first, text.data() + text.size(), out.port);
  if (error != std::errc() || end != text.data() + text.size() || first == end) return fail(Errc::invalid, "--listen: '" + text + "' has no port from 0 to 65535");
  return out;
}

} // namespace

struct App::Parts {
  DataDir dir;
  daemon::FileLock lock;
  RelayConfig config;
  std::vector<std::unique_ptr<daemon::Reactor>> reactors;
  std::unique_ptr<RelayKeys> keys;
  std::unique_ptr<Tenants> tenants;
  std::unique_ptr<store::StoreWorker> store;
  std::unique_ptr<PasswordWorker> passwords;
  std::unique_ptr<Hub> hub;
  std::unique_ptr<CallAuth> auth;
  std::unique_ptr<api::Context> context;
  std::unique_ptr<daemon::Reactor::Timer> statement_timer;
  std::vector<Bytes> spki; // of the TLS keys in the statement: today's first
};

App::App(const Clock& clock, crypto::Random& random) : clock_(clock), random_(random) {}

App::~App() { stop(); }

Result<std::unique_ptr<App>> App::start(const ServeOptions& options, const Clock& clock, crypto::Random& random) {
  std::unique_ptr<App> app(new App(clock, random));
  RS_CHECK(app->open(options));
  return app;
}

Result<void> App::open(const ServeOptions& options) {
  RS_TRY(const auto address, parse_listen(options.listen));
  const DataDir dir{options.data};
  RS_TRY(auto config, read_config(dir));
  auto lock = daemon::FileLock::try_acquire(dir.lock());
  if (!lock) return fail(Errc::conflict, options.data + ": another relayd serves it");
  RS_TRY(const auto tls, read_tls(config));
  RS_TRY(const auto column_key, read_column_key(dir));
  RS_TRY(auto sqlite, store::SqliteStore::open(dir.store()));
  RS_TRY(auto keys, RelayKeys::load(*sqlite, column_key));
  RS_TRY(auto tenants, Tenants::load(*sqlite, column_key));
  parts_.reset(new Parts{dir, std::move(*lock), std::move(config), {}, std::move(keys), std::move(tenants), {}, {}, {}, {}, {}, {}, {}});
  auto& parts = *parts_;
  parts.store = std::make_unique<store::StoreWorker>(std::move(sqlite));
  RS_CHECK(publish(tls.certificate));

  const std::size_t threads = options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  std::vector<daemon::Reactor*> reactors;
  for (std::size_t i = 0; i < threads; ++i) reactors.push_back(parts.reactors.emplace_back(std::make_unique<daemon::Reactor>()).get());
  parts.passwords = std::make_unique<PasswordWorker>();
  parts.hub = std::make_unique<Hub>(reactors, *parts.store, *parts.keys, *parts.tenants, clock_, random_);
  parts.auth = std::make_unique<CallAuth>(*parts.tenants, parts.keys->fingerprint());
  parts.context.reset(new api::Context{clock_, random_, *parts.tenants, *parts.keys, *parts.store, *parts.passwords, *parts.hub, *parts.auth, clock_.wall()});
  net::ServerOptions server{.address = address.host, .port = address.port, .certificate = tls.certificate, .private_key = tls.private_key,
                            .max_message = wire::kMaxMessage};
  RS_TRY(server_, net::Server::listen(reactors, std::move(server), *this));
  parts.statement_timer = std::make_unique<daemon::Reactor::Timer>(*reactors[0]);
  renew_statement();
  for (auto* reactor : reactors) threads_.emplace_back([reactor] { reactor->run(); });
  kLog.info("serving", {{"address", server_->bound_address()}, {"relay", parts.keys->fingerprint()}});
  return {};
}

Result<void> App::publish(const std::string& certificate) {
  RS_TRY(const auto spki, net::spki_sha256_of_pem(certificate));
  const Bytes today(spki.begin(), spki.end());
  if (parts_->spki.empty() || parts_->spki[0] != today) parts_->spki.insert(parts_->spki.begin(), today);
  if (parts_->spki.size() > 2) parts_->spki.resize(2);
  std::promise<Result<void>> done;
  auto waiting = done.get_future();
  RS_CHECK(parts_->store->submit([&](store::Store& store) { done.set_value(parts_->keys->publish(store, parts_->config.addresses, parts_->spki, clock_.wall())); }));
  return waiting.get();
}

Result<void> App::reload_tls() {
  RS_TRY(const auto tls, read_tls(parts_->config));
  RS_CHECK(publish(tls.certificate)); // first, so that no peer meets a TLS key that the statement does not name
  RS_CHECK(server_->replace_certificate(tls.certificate, tls.private_key));
  kLog.info("tls-reloaded");
  return {};
}

void App::renew_statement() {
  if (parts_->keys->needs_renewal(clock_.wall())) {
    (void)parts_->store->submit([this](store::Store& store) {
      if (const auto done = parts_->keys->publish(store, parts_->config.addresses, parts_->spki, clock_.wall()); !done)
        kLog.error("statement-not-renewed", {{"reason", done.error().message}});
    });
  }
  parts_->statement_timer->after(kStatementCheck, [this] { renew_statement(); });
}

void App::on_request(net::HttpRequest request, std::function<void(net::HttpResponse)> reply) { api::dispatch(*parts_->context, request, std::move(reply)); }

void App::on_link(std::size_t thread, std::unique_ptr<net::Transport> transport) { parts_->hub->add_link(thread, std::move(transport)); }

void App::stop() {
  if (threads_.empty()) return;
  server_->stop_accepting();
  parts_->hub->drain(kRetryAfter);
  for (int i = 0; i < 200 && parts_->hub->links() > 0; ++i) std::this_thread::sleep_for(Millis(10));
  for (auto& reactor : parts_->reactors) reactor->stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  parts_->passwords.reset(); // its callbacks use the store
  parts_->store.reset();     // does what is queued
  server_.reset();
}

} // namespace rs::relay
