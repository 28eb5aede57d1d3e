#include "sealed/noise.hpp"

#include "base/assert.hpp"
#include "crypto/aead.hpp"

#include <span>

namespace rs::sealed {
namespace {

using crypto::AesGcm;
using crypto::Hash32;
using crypto::kTagBytes;
using crypto::PublicKey;
using crypto::Secret32;
using crypto::X25519Key;

constexpr std::size_t kKeyBytes = sizeof(PublicKey);

// §7.1. In a DH token the initiator's key comes first.
enum class Token { e, s, ee, es, se, ss };

struct PatternTable {
  std::string_view name; // of the whole protocol (§8)
  bool responder_known;  // pre-message "<- s"
  std::span<const std::span<const Token>> messages;
};

// §7.5
constexpr Token kIk1[] = {Token::e, Token::es, Token::s, Token::ss};
constexpr Token kIk2[] = {Token::e, Token::ee, Token::se};
constexpr std::span<const Token> kIk[] = {kIk1, kIk2};
constexpr Token kXx1[] = {Token::e};
constexpr Token kXx2[] = {Token::e, Token::ee, Token::s, Token::es};
constexpr Token kXx3[] = {Token::s, Token::se};
constexpr std::span<const Token> kXx[] = {kXx1, kXx2, kXx3};
// §7.4
constexpr Token kX1[] = {Token::e, Token::es, Token::s, Token::ss};
constexpr std::span<const Token> kX[] = {kX1};

const PatternTable& table(Pattern pattern) {
  static constexpr PatternTable kTables[] = {
      {"Noise_IK_25519_AESGCM_SHA256", true, kIk},
      {"Noise_XX_25519_AESGCM_SHA256", false, kXx},
      {"Noise_X_25519_AESGCM_SHA256", true, kX},
  };
  return kTables[static_cast<std::size_t>(pattern)];
}

struct KeyPair {
  Secret32 first;
  Secret32 second;
};

// HKDF with two outputs (§4.3): RFC 5869 with the chaining key as salt and no info.
KeyPair hkdf(const Secret32& chaining_key, ByteView input) {
  auto prk = crypto::hkdf_extract(chaining_key.view(), input);
  auto both = crypto::hkdf_expand(prk, {}, 2 * kKeyBytes);
  KeyPair out;
  std::copy_n(both.begin(), kKeyBytes, out.first.mutable_view().begin());
  std::copy_n(both.begin() + kKeyBytes, kKeyBytes, out.second.mutable_view().begin());
  crypto::wipe(prk);
  crypto::wipe(both);
  return out;
}

// §5.2
class SymmetricState {
 public:
  explicit SymmetricState(std::string_view protocol) {
    RS_ASSERT(protocol.size() <= h_.size());
    std::copy(protocol.begin(), protocol.end(), h_.begin());
    chaining_key_ = Secret32(h_);
  }

  const Hash32& h() const { return h_; }
  std::size_t overhead() const { return cipher_ ? kTagBytes : 0; }
  KeyPair split() const { return hkdf(chaining_key_, {}); }

  void mix_key(const Secret32& input) {
    auto keys = hkdf(chaining_key_, input.view());
    chaining_key_ = keys.first;
    cipher_.emplace(keys.second);
    nonce_ = 0;
  }

  void mix_hash(ByteView data) {
    crypto::Sha256 hash;
    hash.update(h_);
    hash.update(data);
    h_ = hash.finish();
  }

  void encrypt_and_hash(ByteView plain, Bytes& out) {
    const auto start = out.size();
    out.insert(out.end(), plain.begin(), plain.end());
    out.resize(out.size() + overhead());
    const auto sealed = MutableBytes(out).subspan(start);
    if (cipher_) cipher_->seal(next_nonce(), h_, sealed);
    mix_hash(sealed);
  }

  std::optional<Bytes> decrypt_and_hash(ByteView sealed) {
    if (sealed.size() < overhead()) return std::nullopt;
    Bytes out(sealed.begin(), sealed.end());
    if (cipher_ && !cipher_->open(next_nonce(), h_, out)) return std::nullopt;
    mix_hash(sealed);
    out.resize(out.size() - overhead());
    return out;
  }

 private:
  // 32 zero bits, u64 big-endian (§12.4).
  crypto::Nonce next_nonce() {
    crypto::Nonce nonce{};
    store_be(nonce.data() + 4, nonce_++);
    return nonce;
  }

  Hash32 h_{};
  Secret32 chaining_key_;
  std::optional<AesGcm> cipher_;
  std::uint64_t nonce_ = 0;
};

} // namespace

struct Handshake::Impl {
  const PatternTable& pattern;
  const bool initiator;
  const X25519Key static_key;
  crypto::Random& random;
  SymmetricState symmetric;
  std::optional<X25519Key> ephemeral;
  std::optional<PublicKey> remote_static;
  std::optional<PublicKey> remote_ephemeral;
  std::size_t next = 0; // message
  bool failed = false;

  Impl(const PatternTable& table, bool begins, const X25519Key& key, crypto::Random& source)
      : pattern(table), initiator(begins), static_key(key), random(source), symmetric(table.name) {}

  bool finished() const { return next == pattern.messages.size(); }
  bool my_turn() const { return !finished() && (next % 2 == 0) == initiator; }

  Result<void> agree(Token token) {
    const bool initiator_static = token == Token::se || token == Token::ss;
    const bool responder_static = token == Token::es || token == Token::ss;
    const bool mine_static = initiator ? initiator_static : responder_static;
    const bool theirs_static = initiator ? responder_static : initiator_static;
    const auto& mine = mine_static ? static_key : *ephemeral;
    const auto& theirs = theirs_static ? *remote_static : *remote_ephemeral;
    RS_TRY(const auto shared, mine.agree(theirs));
    symmetric.mix_key(shared);
    return {};
  }

  Result<void> write_token(Token token, Bytes& out) {
    switch (token) {
      case Token::e:
        ephemeral = X25519Key::generate(random);
        out.insert(out.end(), ephemeral->public_key().begin(), ephemeral->public_key().end());
        symmetric.mix_hash(ephemeral->public_key());
        return {};
      case Token::s: symmetric.encrypt_and_hash(static_key.public_key(), out); return {};
      default: return agree(token);
    }
  }

  Result<ByteView> take(ByteView& message, std::size_t bytes) {
    if (message.size() < bytes) return fail(Errc::invalid, "handshake: message too short");
    const auto out = message.first(bytes);
    message = message.subspan(bytes);
    return out;
  }

  Result<void> read_token(Token token, ByteView& message) {
    switch (token) {
      case Token::e: {
        RS_TRY(const auto key, take(message, kKeyBytes));
        RS_TRY(remote_ephemeral, to_array<kKeyBytes>(key, "ephemeral key"));
        symmetric.mix_hash(key);
        return {};
      }
      case Token::s: {
        RS_TRY(const auto sealed, take(message, kKeyBytes + symmetric.overhead()));
        const auto key = symmetric.decrypt_and_hash(sealed);
        if (!key) return fail(Errc::integrity, "handshake: the static key does not authenticate");
        RS_TRY(remote_static, to_array<kKeyBytes>(*key, "static key"));
        return {};
      }
      default: return agree(token);
    }
  }

  Result<Bytes> write(ByteView payload) {
    if (payload.size() > kMaxNoiseMessage) return too_long();
    Bytes out;
    for (const auto token : pattern.messages[next]) RS_CHECK(write_token(token, out));
    if (out.size() + payload.size() + symmetric.overhead() > kMaxNoiseMessage) return too_long();
    symmetric.encrypt_and_hash(payload, out);
    ++next;
    return out;
  }

  Result<Bytes> read(ByteView message) {
    if (message.size() > kMaxNoiseMessage) return fail(Errc::invalid, "handshake: message longer than 65535 bytes");
    for (const auto token : pattern.messages[next]) RS_CHECK(read_token(token, message));
    if (message.size() < symmetric.overhead()) return fail(Errc::invalid, "handshake: message too short");
    auto payload = symmetric.decrypt_and_hash(message);
    if (!payload) return fail(Errc::integrity, "handshake: the message does not authenticate");
    ++next;
    return std::move(*payload);
  }

  static Error too_long() { return fail(Errc::limit, "handshake: the message would be longer than 65535 bytes"); }
};

Handshake::Handshake(Pattern pattern, bool initiator, ByteView prologue, const X25519Key& local_static,
                     std::optional<PublicKey> remote_static, crypto::Random& random)
    : impl_(std::make_unique<Impl>(table(pattern), initiator, local_static, random)) {
  const bool known = impl_->pattern.responder_known;
  RS_ASSERT(remote_static.has_value() == (initiator && known));
  impl_->remote_static = remote_static;
  impl_->symmetric.mix_hash(prologue);
  if (known) impl_->symmetric.mix_hash(initiator ? *remote_static : local_static.public_key());
}

Handshake::~Handshake() = default;
Handshake::Handshake(Handshake&&) noexcept = default;
Handshake& Handshake::operator=(Handshake&&) noexcept = default;

bool Handshake::finished() const { return !impl_->failed && impl_->finished(); }
bool Handshake::my_turn() const { return !impl_->failed && impl_->my_turn(); }

Result<Bytes> Handshake::write(ByteView payload) {
  if (!my_turn()) return fail(Errc::invalid, "handshake: it is not this side's turn to write");
  auto message = impl_->write(payload);
  impl_->failed = !message;
  return message;
}

Result<Bytes> Handshake::read(ByteView message) {
  if (impl_->failed || finished() || my_turn()) return fail(Errc::invalid, "handshake: no message is expected");
  auto payload = impl_->read(message);
  impl_->failed = !payload;
  return payload;
}

// A key from a message that did not authenticate is nobody's.
std::optional<PublicKey> Handshake::remote_static() const { return impl_->failed ? std::nullopt : impl_->remote_static; }

Split Handshake::split() const {
  RS_ASSERT(finished());
  const auto keys = impl_->symmetric.split();
  return Split{keys.first, keys.second, impl_->symmetric.h()};
}

} // namespace rs::sealed
