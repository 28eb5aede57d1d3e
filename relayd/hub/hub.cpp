#include "relayd/hub/hub.hpp"

#include "base/log.hpp"
#include "relayd/audit.hpp"
#include "wire/limits.hpp"

namespace rs::relay {
namespace {

const Logger kLog("hub");
constexpr std::size_t kNowhere = kMaxThreads;

thread_local std::size_t this_thread = kNowhere; // index of the reactor that this thread runs

Buffer closing(wire::CircuitId circuit, wire::FrameType type, const wire::CloseBody& why) {
  return wire::encode_frame(circuit, type, describe::to_json(why));
}

} // namespace

// One link: its transport and machine. Destroyed on its own thread, outside of its callbacks' stack only through remove().
class Hub::Link final : public net::Transport::Owner {
 public:
  Link(Hub& hub, session::LinkKey key, std::unique_ptr<net::Transport> transport)
      : hub_(hub), key_(key), transport_(std::move(transport)), machine_(key, hub, make_nonce(hub), hub.keys_.statement()),
        since_(hub.clock_.boot()) {}

  void start() { transport_->start(*this); }
  session::RelayLink& machine() { return machine_; }
  void wake() { transport_->wake(); }
  void close(std::string reason) { transport_->close(std::move(reason)); }
  // Input that did not come through on_message: an error ends the link all the same.
  void check(const Result<void>& taken) {
    if (!taken) break_off(taken.error());
    wake();
  }
  void signed_by(const crypto::PublicKey& sign_key) { sign_key_ = sign_key; }
  bool is_of(const std::string& org, const crypto::PublicKey& sign_key) const {
    return sign_key_ == sign_key && machine_.peer() && machine_.peer()->org == org;
  }
  bool is_silent(BootTime now) const { return !machine_.peer() && now - since_ > wire::kHelloTimeout; }

  void on_message(Buffer message) override {
    if (broken_) return;
    const auto taken = machine_.on_message(std::move(message));
    count();
    if (!taken) break_off(taken.error());
    else if (machine_.has_output()) wake();
  }
  std::optional<Buffer> next_message() override {
    auto message = machine_.next_message();
    if (!message && machine_.finished()) close("refused");
    return message;
  }
  void on_closed(const Error& why) override {
    if (const auto* peer = machine_.peer()) {
      kLog.debug("link-closed", {{"peer", peer->subject}, {"reason", why.message}});
      if (peer->is_agent) hub_.agent_left(*peer, key_);
    }
    machine_.lost();
    count();
    hub_.remove(key_); // destroys this
  }
  // After each input: this link's share of the hub's number of circuits follows its machine.
  void count() { hub_.circuits_ += machine_.circuits() - std::exchange(counted_, machine_.circuits()); }

 private:
  static Bytes make_nonce(Hub& hub) {
    Bytes nonce(32);
    hub.random_.fill(nonce);
    return nonce;
  }
  void break_off(const Error& why) {
    const auto* peer = machine_.peer();
    kLog.warning("protocol-error",
                 {{"address", transport_->peer_address()}, {"peer", peer ? peer->subject : ""}, {"reason", why.message}});
    broken_ = true;
    transport_->close("protocol");
  }

  Hub& hub_;
  session::LinkKey key_;
  std::unique_ptr<net::Transport> transport_;
  session::RelayLink machine_;
  BootTime since_;
  std::optional<crypto::PublicKey> sign_key_; // of a technician's device, once he is admitted
  std::size_t counted_ = 0;
  bool broken_ = false;
};

Hub::Hub(std::vector<daemon::Reactor*> reactors, store::StoreWorker& store, const RelayKeys& keys, const Tenants& tenants,
         const Devices& devices, const Clock& clock, crypto::Random& random, Millis sweep_every)
    : store_(store), keys_(keys), tenants_(tenants), devices_(devices), clock_(clock), random_(random),
      sweep_every_(sweep_every) {
  RS_ASSERT(reactors.size() <= kMaxThreads);
  for (std::size_t i = 0; i < reactors.size(); ++i) {
    threads_.push_back(std::make_unique<Thread>());
    threads_[i]->reactor = reactors[i];
    threads_[i]->sweep = std::make_unique<daemon::Reactor::Timer>(*reactors[i]);
    reactors[i]->post([this, i] {
      this_thread = i;
      sweep(i);
    });
  }
}

Hub::~Hub() = default;

void Hub::add_link(std::size_t thread, std::unique_ptr<net::Transport> transport) {
  const session::LinkKey key = next_link_++ << 8 | thread;
  auto link = std::make_unique<Link>(*this, key, std::move(transport));
  auto& placed = *(threads_[thread]->links[key] = std::move(link));
  ++links_;
  placed.start();
  placed.wake();
}

void Hub::remove(session::LinkKey key) {
  if (threads_[thread_of(key)]->links.erase(key) != 0) --links_;
}

Hub::Link* Hub::find_here(session::LinkKey key) {
  auto& links = threads_[thread_of(key)]->links;
  const auto found = links.find(key);
  return found == links.end() ? nullptr : found->second.get();
}

void Hub::on_link(session::LinkKey key, std::function<void(Link&)> act, std::function<void()> gone) {
  auto run = [act = std::move(act), gone = std::move(gone)](Link* link) {
    if (link) act(*link);
    else if (gone) gone();
  };
  if (thread_of(key) != this_thread) return post(Crossing{key, std::move(run), 0, {}});
  run(find_here(key));
}

void Hub::post(Crossing crossing) {
  auto& thread = *threads_[thread_of(crossing.to)];
  bool first = false;
  {
    const std::lock_guard lock(thread.mutex);
    first = thread.inbox.empty();
    thread.inbox.push_back(std::move(crossing));
  }
  if (first) thread.reactor->post([this, &thread] { take_inbox(thread); });
}

void Hub::take_inbox(Thread& thread) {
  std::vector<Crossing> batch;
  {
    const std::lock_guard lock(thread.mutex);
    batch.swap(thread.inbox);
  }
  for (auto& crossing : batch) {
    auto* link = find_here(crossing.to);
    if (crossing.act) crossing.act(link);
    if (crossing.act || !link) continue;
    link->machine().deliver(crossing.circuit, std::move(crossing.frame), clock_.boot());
    link->count();
  }
}

void Hub::cross(session::LinkKey to, wire::CircuitId circuit, Buffer frame) {
  if (thread_of(to) != this_thread) return post(Crossing{to, {}, circuit, std::move(frame)});
  auto* link = find_here(to);
  if (!link) return;
  link->machine().deliver(circuit, std::move(frame), clock_.boot());
  link->count();
}

void Hub::wake(session::LinkKey key) {
  if (auto* link = find_here(key)) link->wake();
}

void Hub::bound(session::LinkKey opener, wire::CircuitId circuit, session::LinkKey target, wire::CircuitId target_circuit) {
  on_link(opener, [circuit, target, target_circuit](Link& link) { link.machine().bound(circuit, target, target_circuit); },
          [this, target, target_circuit] {
    cross(target, target_circuit,
          closing(target_circuit, wire::FrameType::close, {wire::RelayCode::peer_gone, "the opener went"}));
  });
}

void Hub::authenticate(session::LinkKey key, wire::Hello hello, Bytes nonce) {
  auto check = check_hello(hello, nonce, keys_.fingerprint(), tenants_, devices_, clock_.wall());
  if (!check) {
    kLog.warning("hello-refused", {{"reason", check.error().message}});
    return on_link(key, [why = check.error().message](Link& link) { link.machine().reject(wire::RelayCode::sign_in, why); });
  }
  if (check->agent) return admit_agent(key, std::move(*check));
  // At once, on the link's own thread: what close_device() posts comes before the check or finds the key.
  on_link(key, [&check](Link& link) {
    link.signed_by(check->sign_key);
    link.check(link.machine().admit(std::move(check->peer), {check->tenant->row.org_statement, {}, {}}));
  });
}

void Hub::admit_agent(session::LinkKey key, HelloCheck check) {
  auto shared = std::make_shared<HelloCheck>(std::move(check));
  const auto queued = store_.submit([this, key, shared](store::Store& store) { commit_agent(store, key, *shared); });
  if (!queued) on_link(key, [](Link& link) { link.machine().reject(wire::RelayCode::limit, "the relay is busy"); });
}

// On the store's thread: the instance moves on, on disk, before the agent is welcome.
void Hub::commit_agent(store::Store& store, session::LinkKey key, const HelloCheck& check) {
  const auto reject = [&](wire::RelayCode code, std::string why) {
    on_link(key, [code, why = std::move(why)](Link& link) {
      link.machine().reject(code, why);
      link.wake();
    });
  };
  const auto& org = check.tenant->row.id;
  const auto now = clock_.wall();
  auto row = store.agent(org, check.agent->sub);
  if (!row || row->sign_key != check.agent->cnf.sign)
    return reject(wire::RelayCode::sign_in, "this agent is not enrolled here any more");
  if (!row->ephemeral) {
    const auto verdict = store.commit_instance(org, row->id, check.instance->last, check.instance->next);
    if (!verdict) return reject(wire::RelayCode::sign_in, "instance: " + verdict.error().message);
    if (*verdict == store::InstanceVerdict::copy) {
      report_clone(check);
      return reject(wire::RelayCode::clone,
                    "this is a copy of " + row->name + ": its instance is older than the one that was here last");
    }
  }
  wire::Welcome welcome{check.tenant->row.org_statement, {}, {}};
  if (check.agent->exp - to_unix_seconds(now) < kAgentLife * 2 / 3 || check.agent->name != row->name ||
      check.agent->tags != row->tags) {
    row->certificate = check.tenant->issue_agent(*row, now);
    if (store.set_certificate(org, row->id, row->certificate)) welcome.certificate = row->certificate;
  }
  (void)store.set_last_seen(org, row->id, now);
  // The agent is present only if its link still is when it is admitted: nobody would say that it left.
  on_link(key, [this, key, peer = check.peer, welcome = std::move(welcome)](Link& link) mutable {
    const auto replaced = presence_.arrived(peer.org, peer.subject, key);
    if (replaced && *replaced != key) on_link(*replaced, [](Link& older) { older.close("replaced by a newer link"); });
    kLog.info("agent-online", {{"agent", peer.subject}, {"name", peer.name}});
    link.check(link.machine().admit(std::move(peer), std::move(welcome)));
  });
}

void Hub::report_clone(const HelloCheck& check) {
  kLog.warning("clone-refused", {{"agent", check.peer.subject}, {"name", check.peer.name}});
  store_.audit(audit_record(check.peer.org, clock_.wall(), check.peer.subject, "agent.clone-refused", check.peer.name),
               [](Result<void>) {});
}

void Hub::agent_left(const session::Peer& peer, session::LinkKey link) {
  if (!presence_.left(peer.org, peer.subject, link)) return;
  kLog.info("agent-offline", {{"agent", peer.subject}, {"name", peer.name}});
  const auto id = AgentId::parse(peer.subject);
  (void)store_.submit(
      [org = peer.org, id = *id, now = clock_.wall()](store::Store& store) { (void)store.set_last_seen(org, id, now); });
}

void Hub::resolve(session::LinkKey key, const session::Peer& peer, wire::Resolve request) {
  const auto answer = [this, key](wire::Control control) {
    on_link(key, [control = std::move(control)](Link& link) {
      link.machine().answer(control);
      link.wake();
    });
  };
  const auto refused = [n = request.n](wire::RelayCode code, std::string message) {
    wire::Control control;
    control.error = wire::ControlError{code, std::move(message), n};
    return control;
  };
  if (peer.is_agent) return answer(refused(wire::RelayCode::forbidden, "an agent asks for nobody"));
  const auto queued = store_.submit([this, answer, refused, org = peer.org, request](store::Store& store) {
    const auto agent = store.find_agent(org, request.target);
    if (!agent) return answer(refused(wire::RelayCode::not_found, agent.error().message));
    wire::Control control;
    control.resolved = wire::Resolved{request.n, agent->certificate, presence_.find(org, agent->id.text()).has_value()};
    answer(std::move(control));
  });
  if (!queued) answer(refused(wire::RelayCode::limit, "the relay is busy"));
}

void Hub::route(session::LinkKey key, const session::Peer& peer, wire::CircuitId circuit, wire::OpenBody body, Buffer frame) {
  const auto target = presence_.find(peer.org, body.target);
  const bool is_session = body.call_no == 0;
  const auto answered = [this, key, circuit](std::optional<wire::CloseBody> refusal) {
    on_link(key, [circuit, refusal = std::move(refusal)](Link& link) {
      if (refusal) link.machine().refused(circuit, *refusal);
      else link.machine().committed(circuit);
      link.count();
    });
  };
  std::optional<wire::CloseBody> offline;
  if (!target) offline = wire::CloseBody{wire::RelayCode::agent_offline, "the agent is not connected"};
  if (is_session) {
    // The agent is asked meanwhile; its answer is held until the record is on the disk.
    describe::Node detail;
    detail.set("email", peer.email);
    if (offline) detail.set("refused", std::string(describe::enum_name(offline->code)));
    store_.audit(
        audit_record(peer.org, clock_.wall(), peer.subject, "session.open", body.target, body.session, std::move(detail)),
        [answered, offline](Result<void> recorded) {
      if (recorded) answered(offline);
      else answered(wire::CloseBody{wire::RelayCode::audit_unavailable, recorded.error().message});
    });
  } else if (offline) {
    answered(offline);
  }
  if (!target) return;
  auto shared = std::make_shared<Buffer>(std::move(frame));
  on_link(*target,
          [key, circuit, traffic = body.class_, shared](Link& link) {
    link.machine().incoming_open(key, circuit, traffic, std::move(*shared));
    link.count();
  },
          // As a frame and not by refused(): it has to wait for the record as any other answer.
          [this, key, circuit] {
    cross(key, circuit, closing(circuit, wire::FrameType::refuse, {wire::RelayCode::agent_offline, "the agent has gone"}));
  });
}

void Hub::sweep(std::size_t index) {
  auto& thread = *threads_[index];
  const auto now = clock_.boot();
  for (auto& [key, link] : thread.links) {
    if (link->is_silent(now)) link->close("no hello");
  }
  thread.sweep->after(sweep_every_, [this, index] { sweep(index); });
}

void Hub::drain(Millis retry_after) {
  for (auto& thread : threads_) {
    thread->reactor->post([this, &thread = *thread, retry_after] {
      std::vector<session::LinkKey> keys;
      for (const auto& [key, link] : thread.links) keys.push_back(key);
      for (const auto key : keys) {
        auto* link = find_here(key);
        if (!link) continue;
        link->machine().goaway(retry_after);
        link->close("the relay is shutting down");
      }
    });
  }
}

void Hub::close_device(const std::string& org, const crypto::PublicKey& sign_key) {
  for (auto& thread : threads_) {
    thread->reactor->post([&thread = *thread, org, sign_key] {
      std::vector<Link*> of_device; // closing may end one, and so change the map
      for (const auto& [key, link] : thread.links) {
        if (link->is_of(org, sign_key)) of_device.push_back(link.get());
      }
      for (auto* link : of_device) link->close("signed out");
    });
  }
}

} // namespace rs::relay
