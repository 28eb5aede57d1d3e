#include "base/log.hpp"
#include "relayd/api/context.hpp"
#include "relayd/audit.hpp"
#include "wire/api.hpp"

#include <array>

namespace rs::relay::api {
namespace {

const Logger kLog("login");

Error wrong_credentials() { return fail(Errc::sign_in, "wrong tenant, e-mail address or password"); }

Error too_many() { return fail(Errc::limit, "too many wrong passwords from this address; try again later"); }

struct Login {
  std::string from;     // address group
  const Tenant* tenant; // none of that name: null
  store::User user;     // id is empty where there is none
  wire::api::LoginRequest body;
  sealed::CallClaims call;
};

net::HttpResponse signed_in(const Tenant& tenant, const store::User& user, const sealed::Confirmation& keys, WallTime now) {
  return ok(wire::api::LoginReply{tenant.issue_technician(user, keys, now), tenant.row.org_statement});
}

// The record is on the disk before the answer leaves.
void record_and_reply(Context& context, store::AuditRecord record, const Reply& reply, net::HttpResponse response) {
  context.store.audit(std::move(record), [reply, response = std::move(response)](Result<void> recorded) {
    reply(recorded ? response : error_response(recorded.error()));
  });
}

// The password was right: the device key is registered, once. The record comes first, so that nobody is signed in, and no
// key is written, without one.
net::HttpResponse admit_device(Context& context, store::Store& store, const Login& login) {
  const auto now = context.clock.wall();
  const auto& org = login.tenant->row.id;
  const auto& keys = login.body;
  if (const auto once = context.auth.check_once(keys.sign, login.call.nonce, login.call.iat, now); !once)
    return error_response(once.error());
  const auto known = store.find_device(org, keys.sign);
  if (!known && known.error().code != Errc::not_found) return error_response(known.error());
  if (known && (known->user != login.user.id || known->noise_key != keys.noise))
    return error_response(fail(Errc::conflict, "the device key belongs to somebody else"));
  describe::Node detail;
  detail.set("device", crypto::fingerprint(keys.sign));
  const std::array record = {audit_record(org, now, login.user.id, "login", {}, {}, std::move(detail))};
  if (const auto recorded = store.append_audit(record); !recorded) return error_response(recorded.error());
  if (!known) {
    const store::Device device{.id = "d-" + base32_lower(context.random.array<kIdRandomBytes>()).substr(0, 20),
                               .user = login.user.id,
                               .sign_key = keys.sign,
                               .noise_key = keys.noise,
                               .created = now,
                               .last_used = {}};
    if (const auto added = store.add_device(org, device); !added) return error_response(added.error());
  }
  context.devices.add(org, keys.sign);
  (void)store.clear_failures(org, login.user.id);
  return signed_in(*login.tenant, login.user, {keys.sign, keys.noise}, now);
}

void refuse_login(Context& context, const Login& login, const Reply& reply) {
  const auto now = context.clock.wall();
  context.login_rate.failed(login.from, now);
  kLog.warning("login-refused", {{"address", login.from}, {"user", login.user.id}});
  if (!login.tenant) return reply(error_response(wrong_credentials()));
  const auto& org = login.tenant->row.id;
  if (!login.user.id.empty())
    (void)context.store.submit([org, id = login.user.id](store::Store& store) { (void)store.record_failure(org, id); });
  if (!context.login_refusals.take(now)) return reply(error_response(wrong_credentials()));
  describe::Node detail;
  detail.set("email", login.body.email.substr(0, 256));
  record_and_reply(context,
                   audit_record(org, now, login.user.id.empty() ? "unknown" : login.user.id, "login.failed", {}, {}, detail),
                   reply, error_response(wrong_credentials()));
}

void finish_login(Context& context, const Login& login, bool good, const Reply& reply) {
  if (!good) return refuse_login(context, login, reply);
  from_store(context, reply, [&context, login](store::Store& store) { return admit_device(context, store, login); });
}

// A user or tenant that is not there takes as long as any other wrong answer.
void compare(Context& context, Login attempt, const Reply& reply) {
  const auto waiting =
      context.passwords.verify(attempt.from, attempt.body.password, attempt.user.password_phc,
                               [&context, attempt, reply](bool good) { finish_login(context, attempt, good, reply); });
  if (!waiting) reply(error_response(waiting.error()));
}

void login(Context& context, Request request, Reply reply) {
  auto from = address_group(request.http.peer_address);
  if (!context.login_rate.may_try(from, context.clock.wall())) return reply(error_response(too_many()));
  auto body = describe::from_json<wire::api::LoginRequest>(request.http.body, describe::Unknown::refuse);
  if (!body) return reply(error_response(body.error()));
  auto call = context.auth.check_call(request.http, body->sign, context.clock.wall());
  if (!call) return reply(error_response(call.error()));
  const auto* tenant = body->tenant ? context.tenants.find_by_name(*body->tenant) : context.tenants.only();
  if (!tenant && !body->tenant) return reply(error_response(fail(Errc::invalid, "tenant: this relay has several, name one")));
  Login attempt{std::move(from), tenant, {}, std::move(*body), std::move(*call)};
  if (!tenant) return compare(context, std::move(attempt), reply);
  const auto queued = context.store.submit([&context, attempt = std::move(attempt), reply](store::Store& store) mutable {
    auto user = store.find_user(attempt.tenant->row.id, attempt.body.email);
    if (!user && user.error().code != Errc::not_found) return reply(error_response(user.error()));
    if (user) attempt.user = std::move(*user);
    compare(context, std::move(attempt), reply);
  });
  if (!queued) reply(error_response(queued.error()));
}

void renew(Context& context, Request request, Reply reply) {
  const auto body = describe::from_json<wire::api::RenewRequest>(request.http.body, describe::Unknown::refuse);
  if (!body) return reply(error_response(body.error()));
  const auto said = sealed::peek_document<sealed::RenewClaims>(body->renew);
  const auto* tenant = said ? context.tenants.find(said->org) : nullptr;
  if (!tenant) return reply(error_response(fail(Errc::sign_in, "renew: no such tenant")));
  from_store(context, reply, [&context, tenant, renew = body->renew, claims = *said](store::Store& store) {
    const auto now = context.clock.wall();
    const auto& org = tenant->row.id;
    const auto devices = store.list_devices(org, claims.sub);
    if (!devices) return error_response(devices.error());
    for (const auto& device : *devices) {
      if (!sealed::verify_document<sealed::RenewClaims>(renew, device.sign_key)) continue;
      if (claims.relay != context.keys.fingerprint())
        return error_response(fail(Errc::sign_in, "renew: signed for another relay"));
      if (const auto once = context.auth.check_once(device.sign_key, claims.nonce, claims.iat, now); !once)
        return error_response(once.error());
      const auto user = store.user(org, device.user);
      if (!user) return error_response(fail(Errc::sign_in, "the account is gone"));
      (void)store.set_device_used(org, device.id, now);
      return signed_in(*tenant, *user, {device.sign_key, device.noise_key}, now);
    }
    return error_response(fail(Errc::sign_in, "renew: not by a device of this user"));
  });
}

void logout(Context& context, Request request, Reply reply) {
  const auto& caller = *request.caller;
  from_store(
      context, reply,
      [&context, org = caller.tenant->row.id, user = caller.claims.sub, key = caller.claims.cnf.sign](store::Store& store) {
    const auto device = store.find_device(org, key);
    if (!device) return error_response(device.error());
    // What takes rights away goes ahead of its record.
    if (const auto removed = store.remove_device(org, device->id); !removed) return error_response(removed.error());
    context.devices.remove(org, key);
    context.hub.close_device(org, key);
    const std::array record = {audit_record(org, context.clock.wall(), user, "logout", {})};
    if (const auto recorded = store.append_audit(record); !recorded) return error_response(recorded.error());
    return json_response(describe::Node(describe::Node::Object()));
  });
}

constexpr Row kRows[] = {
    {"POST", "/v1/login", false, login, "Sign in; RS-Call is signed by the device key that the body registers",
     describe::schema<wire::api::LoginRequest>, describe::schema<wire::api::LoginReply>},
    {"POST", "/v1/renew", false, renew, "A fresh certificate for a registered device key",
     describe::schema<wire::api::RenewRequest>, describe::schema<wire::api::LoginReply>},
    {"POST", "/v1/logout", true, logout, "Forget the device that signed this request"},
};

} // namespace

std::span<const Row> login_rows() { return kRows; }

} // namespace rs::relay::api
