#pragma once

#include "agent_fixture.hpp"
#include "daemon/system_clock.hpp"
#include "describe/error_report.hpp"
#include "net/client.hpp"
#include "net/pump.hpp"
#include "net/server.hpp"
#include "support/sim.hpp"
#include "wire/api.hpp"
#include "wire/limits.hpp"

#include <map>

namespace rs::test {

// A relay in this process on a real port: statement, enrolment, links and routing, and knobs to misbehave with.
class FakeRelay final : public net::Server::Handler, public session::RelayLink::World {
 public:
  FakeRelay(daemon::Reactor& reactor, Clock& clock) : reactor_(reactor), clock_(clock) {
    new_tls_key();
    listen(0);
  }

  std::string url() const { return "https://" + server_->bound_address(); }
  std::string token(std::map<std::string, std::string> tags = {{"role", "web"}},
                    std::vector<Permission> allow = {Permission::exec}) {
    const auto seed = token_key.seed().view();
    return sealed::format_enrol_token({url(), tenant.org_id, "acme", crypto::fingerprint(tenant.root.public_key()),
                                       crypto::fingerprint(tenant.relay.public_key()), Bytes(seed.begin(), seed.end()),
                                       std::move(tags), std::move(allow), 1, to_unix_seconds(kNow) + 3600});
  }
  // Every link breaks, and a new process listens on the same port.
  void restart() {
    stop();
    listen(port_);
  }
  void stop() {
    links_.clear();
    server_.reset();
  }
  void new_tls_key() {
    tls_ = net::make_self_signed({"127.0.0.1"}, daemon::SystemClock().wall()).value();
    const auto spki = net::spki_sha256_of_pem(tls_.certificate).value();
    tenant.tls_spki.assign(spki.begin(), spki.end());
    tenant.relay_statement = tenant.sign_relay_statement(tenant.relay, ++statements);
  }
  void goaway(Millis retry_after) {
    for (auto& [key, link] : links_) {
      link->machine.goaway(retry_after);
      link->transport->wake();
      link->transport->close("going");
    }
  }
  std::size_t agents() const {
    return static_cast<std::size_t>(std::count_if(links_.begin(), links_.end(), [](const auto& l) {
      return l.second->machine.peer() && l.second->machine.peer()->is_agent;
    }));
  }

  Tenant tenant;
  crypto::Ed25519Key token_key = crypto::Ed25519Key::generate(tenant.random);
  std::uint64_t statements = 0;
  std::size_t links_opened = 0;
  std::vector<sealed::EnrolClaims> enrolled;
  std::vector<sealed::HelloClaims> hellos; // of agents
  std::vector<std::string> targets;        // of requests
  bool refuse_clones = true;               // by the instance rule of TRUST.md
  bool silent_after_hello = false;
  std::function<void(sealed::AgentClaims&)> bend_certificate;
  std::optional<net::HttpResponse> enrol_answer; // instead of the right one
  bool lose_enrol_answer = false;                // of the next enrolment, which is done
  std::optional<std::string> renewed;            // in the next welcome of an agent

 private:
  struct Link final : net::Transport::Owner {
    Link(FakeRelay& relay, session::LinkKey k, std::unique_ptr<net::Transport> t)
        : owner(relay), key(k), transport(std::move(t)),
          machine(k, relay, Bytes(32, static_cast<std::uint8_t>(k)), relay.tenant.relay_statement) {}
    void on_message(Buffer message) override {
      if (!machine.on_message(std::move(message))) transport->close("protocol");
      transport->wake();
      if (machine.finished()) transport->close("refused");
    }
    std::optional<Buffer> next_message() override { return machine.next_message(); }
    void on_closed(const Error&) override {
      machine.lost();
      owner.links_.erase(key); // this
    }
    FakeRelay& owner;
    session::LinkKey key;
    std::unique_ptr<net::Transport> transport;
    session::RelayLink machine;
  };

  void listen(std::uint16_t port) {
    net::ServerOptions options;
    options.address = "127.0.0.1";
    options.port = port;
    options.certificate = tls_.certificate;
    options.private_key = tls_.private_key;
    options.max_message = wire::kMaxMessage;
    server_ = net::Server::listen({&reactor_}, options, *this).value();
    const auto bound = server_->bound_address();
    port_ = static_cast<std::uint16_t>(std::stoi(bound.substr(bound.rfind(':') + 1)));
  }

  void on_request(net::HttpRequest request, std::function<void(net::HttpResponse)> reply) override {
    targets.push_back(request.target);
    net::HttpResponse response;
    if (request.target == "/v1/relay") response.body = describe::to_json(wire::api::RelayInfo{tenant.relay_statement, "test"});
    else if (request.target == "/v1/enroll") response = enrol_answer ? *enrol_answer : enrol(request.body);
    else response.status = 404;
    reply(std::move(response));
  }
  net::HttpResponse enrol(const std::string& body) {
    const auto request = describe::from_json<wire::api::EnrolRequest>(body, describe::Unknown::refuse).value();
    const auto claims = sealed::verify_document<sealed::EnrolClaims>(request.enrol, token_key.public_key()).value();
    enrolled.push_back(claims);
    sealed::AgentClaims certificate{
        tenant.issuer.public_key(), tenant.org_id, tenant.new_agent_id(),      claims.name,
        {{"role", "web"}},          claims.cnf,    to_unix_seconds(kNow) - 60, to_unix_seconds(kNow) + 86400};
    const auto known = std::find_if(agents_enrolled_.begin(), agents_enrolled_.end(),
                                    [&](const auto& agent) { return agent.cnf.sign == claims.cnf.sign; });
    if (known != agents_enrolled_.end()) certificate = *known; // its answer was lost
    else agents_enrolled_.push_back(certificate);
    if (bend_certificate) bend_certificate(certificate);
    if (std::exchange(lose_enrol_answer, false)) return {.status = 502, .body = "the answer is lost"};
    net::HttpResponse response;
    response.body =
        describe::to_json(wire::api::EnrolReply{sealed::sign_document(certificate, tenant.issuer), tenant.org_statement});
    return response;
  }

  void on_link(std::size_t, std::unique_ptr<net::Transport> transport) override {
    ++links_opened;
    const auto key = next_key_++;
    auto& link = *(links_[key] = std::make_unique<Link>(*this, key, std::move(transport)));
    link.transport->start(link);
  }
  void authenticate(session::LinkKey key, wire::Hello hello, Bytes nonce) override {
    auto& machine = links_.at(key)->machine;
    session::Peer peer{false, tenant.org_id, "u-1", "ada", "ada@acme.example", Role::technician};
    wire::Welcome welcome{tenant.org_statement, {}, {}};
    if (const auto agent = sealed::peek_document<sealed::AgentClaims>(hello.certificate)) {
      peer = {true, tenant.org_id, agent->sub.text(), agent->name, {}, Role::customer};
      const auto claims = sealed::verify_document<sealed::HelloClaims>(hello.hello, agent->cnf.sign).value();
      EXPECT_EQ(claims.nonce, nonce);
      hellos.push_back(claims);
      if (silent_after_hello) return;
      if (refuse_clones && is_clone(claims)) return machine.reject(wire::RelayCode::clone, "an older instance of this agent");
      committed_instance_ = claims.next;
      welcome.certificate = std::exchange(renewed, std::nullopt);
    }
    machine.admit(std::move(peer), std::move(welcome)).value();
  }
  // `last` or `next` must be where the agent stood.
  bool is_clone(const sealed::HelloClaims& claims) const {
    return committed_instance_ && claims.last != committed_instance_ && claims.next != committed_instance_;
  }
  void resolve(session::LinkKey, const session::Peer&, wire::Resolve) override {}
  void route(session::LinkKey key, const session::Peer&, wire::CircuitId circuit, wire::OpenBody body, Buffer frame) override {
    auto shared = std::make_shared<Buffer>(std::move(frame));
    later([this, key, circuit, body, shared] {
      for (auto& [target, link] : links_) {
        if (!link->machine.peer() || link->machine.peer()->subject != body.target) continue;
        link->machine.incoming_open(key, circuit, body.class_, std::move(*shared));
        link->transport->wake();
        links_.at(key)->machine.committed(circuit);
        return;
      }
      links_.at(key)->machine.refused(circuit, {wire::RelayCode::agent_offline, "not connected"});
    });
  }
  void cross(session::LinkKey to, wire::CircuitId circuit, Buffer frame) override {
    auto shared = std::make_shared<Buffer>(std::move(frame));
    later([this, to, circuit, shared] {
      if (links_.contains(to)) links_.at(to)->machine.deliver(circuit, std::move(*shared), clock_.boot());
    });
  }
  void bound(session::LinkKey opener, wire::CircuitId circuit, session::LinkKey target, wire::CircuitId target_circuit) override {
    later([this, opener, circuit, target, target_circuit] {
      if (links_.contains(opener)) links_.at(opener)->machine.bound(circuit, target, target_circuit);
    });
  }
  void wake(session::LinkKey) override {}
  void later(std::function<void()> task) {
    reactor_.post([this, task = std::move(task)] {
      task();
      for (auto& [key, link] : links_) link->transport->wake();
    });
  }

  daemon::Reactor& reactor_;
  Clock& clock_;
  net::SelfSigned tls_;
  std::uint16_t port_ = 0;
  std::unique_ptr<net::Server> server_;
  std::map<session::LinkKey, std::unique_ptr<Link>> links_;
  session::LinkKey next_key_ = 1;
  std::optional<sealed::Instance> committed_instance_;
  std::vector<sealed::AgentClaims> agents_enrolled_;
};

// A technician's machine on a link to the fake relay.
class Technician final : session::Client::Events {
 public:
  Technician(daemon::Reactor& reactor, Clock& clock, FakeRelay& relay)
      : clock_(clock), relay_(relay), keys_(relay.tenant.technician()),
        machine_(session::PeerLink::Config{keys_, relay.tenant.trust(), {}, {}}, relay.tenant.org, relay.tenant.random, *this) {
    net::ConnectOptions options;
    options.url = net::parse_url(relay.url()).value();
    options.pinned_relay = "pinned";
    options.max_message = wire::kMaxMessage;
    net::Client::connect(reactor, options, [this](Result<std::unique_ptr<net::Client>> client) {
      client_ = std::move(*client);
      client_->upgrade([this](Result<std::unique_ptr<net::Transport>> transport) {
        pump_ = std::make_unique<net::Pump<session::Client>>(std::move(*transport), machine_, clock_, [](const Error&) {});
        pump_->start();
      });
    });
  }

  // A session and one call, as soon as the link is there.
  SeenCall& call(const agent::AgentState& agent, describe::Node params) {
    start_ = [this, &agent, params = std::move(params)] {
      session = relay_.tenant.new_session_id();
      machine_.open_session(session, relay_.tenant.agent_claims(agent::identity_of(agent), agent.agent, agent.name));
      seen.port = &machine_.call(session, {"exec.run", agent.name, params}, seen, clock_.boot());
    };
    if (challenged_) start_();
    if (pump_) pump_->wake();
    return seen;
  }

  SessionId session;
  SeenCall seen;

 private:
  void on_challenged(const sealed::RelayStatement&) override {
    challenged_ = true;
    if (start_) start_();
  }
  void on_welcomed(const sealed::OrgStatement&) override {}
  void on_resolved(std::uint64_t, Result<sealed::AgentClaims>, std::string, bool) override {}

  Clock& clock_;
  FakeRelay& relay_;
  session::Identity keys_;
  session::Client machine_;
  std::unique_ptr<net::Client> client_;
  std::unique_ptr<net::Pump<session::Client>> pump_;
  std::function<void()> start_;
  bool challenged_ = false;
};

} // namespace rs::test
