#include "relayd/app.hpp"

#include "base/log.hpp"
#include "daemon/files.hpp"
#include "relayd/store/sqlite_store.hpp"
#include "wire/limits.hpp"

#include <algorithm>
#include <charconv>
#include <future>
#include <mutex>

namespace rs::relay {
namespace {

const Logger kLog("relayd");
constexpr Millis kRetryAfter{1'000}; // peers of a relay that stops come back after this, jittered
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
  if (error != std::errc() || end != text.data() + text.size() || first == end)
    return fail(Errc::invalid, "--listen: '" + text + "' has no port from 0 to 65535");
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
  std::unique_ptr<Devices> devices;
  std::unique_ptr<store::StoreWorker> store;
  std::unique_ptr<PasswordWorker> passwords;
  std::unique_ptr<Hub> hub;
  std::unique_ptr<CallAuth> auth;
  std::unique_ptr<api::Context> context;
  std::unique_ptr<daemon::Reactor::Timer> statement_timer;
  std::vector<Bytes> published; // SPKI hashes in the newest statement; the store's thread only
  std::mutex reloading;         // guards what follows
  std::vector<Bytes> serving;   // SPKI hashes: the TLS key in use, and the one before it
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
  RS_TRY(auto config, read_config(dir, options.config));
  auto lock = daemon::FileLock::try_acquire(dir.lock());
  if (!lock) return fail(Errc::conflict, options.data + ": another relayd serves it");
  RS_TRY(const auto tls, read_tls(config));
  RS_TRY(const auto column_key, read_column_key(dir));
  RS_TRY(auto sqlite, store::SqliteStore::open(dir.store(), {.busy_timeout = store::SqliteOptions{}.busy_timeout,
                                                             .max_pages = options.store_max_pages}));
  RS_TRY(auto keys, RelayKeys::load(*sqlite, column_key));
  RS_TRY(auto tenants, Tenants::load(*sqlite, column_key));
  RS_TRY(auto devices, Devices::load(*sqlite, *tenants));
  parts_.reset(new Parts{dir,
                         std::move(*lock),
                         std::move(config),
                         {},
                         std::move(keys),
                         std::move(tenants),
                         std::move(devices),
                         {},
                         {},
                         {},
                         {},
                         {},
                         {},
                         {},
                         {},
                         {}});
  auto& parts = *parts_;
  parts.store = std::make_unique<store::StoreWorker>(std::move(sqlite));
  RS_TRY(const auto spki, net::spki_sha256_of_pem(tls.certificate));
  parts.serving = {Bytes(spki.begin(), spki.end())};
  RS_CHECK(publish(parts.serving));

  const std::size_t threads =
      std::clamp<std::size_t>(options.threads != 0 ? options.threads : std::thread::hardware_concurrency(), 1, kMaxThreads);
  std::vector<daemon::Reactor*> reactors;
  for (std::size_t i = 0; i < threads; ++i)
    reactors.push_back(parts.reactors.emplace_back(std::make_unique<daemon::Reactor>()).get());
  parts.passwords = std::make_unique<PasswordWorker>();
  parts.hub = std::make_unique<Hub>(reactors, *parts.store, *parts.keys, *parts.tenants, *parts.devices, clock_, random_,
                                    options.sweep_every);
  parts.auth = std::make_unique<CallAuth>(*parts.tenants, *parts.devices, parts.keys->fingerprint());
  parts.context.reset(new api::Context{clock_, random_, *parts.tenants, *parts.keys, *parts.store, *parts.passwords, *parts.hub,
                                       *parts.devices, *parts.auth, clock_.wall()});
  net::ServerOptions server{.address = address.host,
                            .port = address.port,
                            .certificate = tls.certificate,
                            .private_key = tls.private_key,
                            .max_message = wire::kMaxMessage};
  RS_TRY(server_, net::Server::listen(reactors, std::move(server), *this));
  parts.statement_timer = std::make_unique<daemon::Reactor::Timer>(*reactors[0]);
  renew_statement();
  for (auto* reactor : reactors) threads_.emplace_back([reactor] { reactor->run(); });
  kLog.info("serving", {{"address", server_->bound_address()}, {"relay", parts.keys->fingerprint()}});
  return {};
}

// On the store's thread, which alone knows what was published last.
Result<void> App::publish(std::vector<Bytes> spki) {
  std::promise<Result<void>> done;
  auto waiting = done.get_future();
  RS_CHECK(parts_->store->submit([&](store::Store& store) {
    auto published = parts_->keys->publish(store, parts_->config.addresses, spki, clock_.wall());
    if (published) parts_->published = spki;
    done.set_value(std::move(published));
  }));
  return waiting.get();
}

Result<void> App::reload_tls() {
  const std::lock_guard lock(parts_->reloading);
  RS_TRY(const auto tls, read_tls(parts_->config));
  RS_TRY(const auto spki, net::spki_sha256_of_pem(tls.certificate));
  const Bytes today(spki.begin(), spki.end());
  auto named = parts_->serving;
  if (named[0] != today) named = {today, named[0]};
  RS_CHECK(publish(named)); // first, so that no peer meets a TLS key that the statement does not name
  RS_CHECK(server_->replace_certificate(tls.certificate, tls.private_key));
  parts_->serving = std::move(named);
  kLog.info("tls-reloaded");
  return {};
}

void App::renew_statement() {
  if (parts_->keys->needs_renewal(clock_.wall())) {
    (void)parts_->store->submit([this](store::Store& store) {
      if (const auto done = parts_->keys->publish(store, parts_->config.addresses, parts_->published, clock_.wall()); !done)
        kLog.error("statement-not-renewed", {{"reason", done.error().message}});
    });
  }
  parts_->statement_timer->after(kStatementCheck, [this] { renew_statement(); });
}

void App::on_request(net::HttpRequest request, std::function<void(net::HttpResponse)> reply) {
  api::dispatch(*parts_->context, request, std::move(reply));
}

void App::on_link(std::size_t thread, std::unique_ptr<net::Transport> transport) {
  parts_->hub->add_link(thread, std::move(transport));
}

void App::stop() {
  if (threads_.empty()) return;
  server_->stop_accepting();
  parts_->hub->drain(kRetryAfter);
  for (int i = 0; i < 200 && parts_->hub->links() > 0; ++i) std::this_thread::sleep_for(Millis(10));
  for (auto& reactor : parts_->reactors) reactor->stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  parts_->passwords->stop(); // its callbacks use the store
  parts_->store.reset();     // does what is queued, which may ask for a password: the worker refuses, and goes with the parts
  server_.reset();
}

} // namespace rs::relay
