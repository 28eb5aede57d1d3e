#include "agentd/uplink.hpp"

#include "base/log.hpp"
#include "wire/limits.hpp"

namespace rs::agent {
namespace {

constexpr Logger log("uplink");
constexpr Millis kTick{1'000};

// PeerLink puts "relay: " before what the relay itself says; a number that went back is `conflict` too, but ours.
bool is_clone_refusal(const Error& why) { return why.code == Errc::conflict && why.message.starts_with("relay: "); }

} // namespace

Uplink::Uplink(daemon::Reactor& reactor, const Clock& clock, Backoff backoff, std::unique_ptr<net::TicketStore> tickets,
               Owner& owner)
    : reactor_(reactor), clock_(clock), backoff_(backoff), tickets_(std::move(tickets)), owner_(owner), retry_(reactor),
      second_(reactor) {}

Uplink::~Uplink() {
  if (machine_) machine_->lost(fail(Errc::connection_lost, "agentd is stopping"));
}

void Uplink::connect() {
  server_ = {};
  auto options = owner_.prepare();
  if (!options) return on_closed(options.error());
  options->tickets = &tickets_;
  net::Client::connect(reactor_, std::move(*options),
                       [this, alive = std::weak_ptr(alive_)](Result<std::unique_ptr<net::Client>> client) {
    if (!alive.expired()) on_connected(std::move(client));
  });
}

void Uplink::on_connected(Result<std::unique_ptr<net::Client>> client) {
  if (stopped_) return;
  if (!client) return on_closed(client.error());
  client_ = std::move(*client);
  server_ = client_->identity();
  client_->upgrade([this, alive = std::weak_ptr(alive_)](Result<std::unique_ptr<net::Transport>> transport) {
    if (!alive.expired()) on_link(std::move(transport));
  });
}

void Uplink::on_link(Result<std::unique_ptr<net::Transport>> transport) {
  client_.reset();
  if (stopped_) return;
  if (!transport) return on_closed(transport.error());
  auto machine = owner_.make_machine(server_);
  if (!machine) return on_closed(machine.error());
  machine_ = std::move(*machine);
  linked_at_ = clock_.boot();
  welcomed_ = false;
  pump_ = std::make_unique<net::Pump<session::Agent>>(std::move(*transport), *machine_, clock_,
                                                      [this](const Error& why) { on_closed(why); });
  second_.after(kTick, [this] { tick(); });
  pump_->start();
}

void Uplink::welcomed() {
  welcomed_ = true;
  tried_without_ticket_ = false;
  backoff_.reset();
}

void Uplink::tick() {
  second_.after(kTick, [this] { tick(); });
  machine_->on_time(clock_.boot());
  owner_.on_second();
  if (!welcomed_ && clock_.boot() - linked_at_ > 2 * wire::kHelloTimeout) return pump_->close("no welcome");
  pump_->wake();
}

// The machine may be anywhere up the stack, so its output is taken in a task of its own.
void Uplink::wake() {
  if (std::exchange(wake_posted_, true)) return;
  reactor_.post([this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    wake_posted_ = false;
    if (pump_) pump_->wake();
  });
}

void Uplink::on_closed(const Error& why) {
  second_.cancel();
  pump_.reset();
  machine_.reset();
  client_.reset();
  if (stopped_) return stopped_();
  const Millis delay = delay_after(why);
  log.warning("link-down",
              {{"code", std::string(name(why.code))}, {"reason", why.message}, {"retry_in", format_duration(delay)}});
  owner_.on_down(why);
  retry_.after(delay, [this] { connect(); });
}

Millis Uplink::delay_after(const Error& why) {
  if (const auto wait = std::exchange(retry_after_, std::nullopt)) return backoff_.after(*wait);
  if (is_clone_refusal(why)) {
    log.error("clone-refused", {{"reason", why.message}});
    return backoff_.longest();
  }
  if (why.code == Errc::server_identity && server_.resumed && !std::exchange(tried_without_ticket_, true)) {
    tickets_.forget_next();
    return Millis(0);
  }
  return backoff_.next();
}

void Uplink::stop(const Error& why, std::function<void()> done) {
  retry_.cancel();
  stopped_ = std::move(done);
  if (!pump_) {
    client_.reset();
    return reactor_.post([stopped = stopped_] { stopped(); });
  }
  machine_->end_all(why);
  pump_->close(why.message);
}

} // namespace rs::agent
