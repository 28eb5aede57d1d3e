#include "files/format.hpp"

#include "files/limits.hpp"

#include <algorithm>
#include <cstring>

namespace rs::files {
namespace {

// A record is its type, the length of its body and the body; content's body is handed on as it comes.
constexpr std::size_t kHeader = kDataHeader;
constexpr std::size_t kMaxRecord = 256 << 10;
constexpr std::uint8_t kContent = 0;

// The type byte is a record's place in its variant, from 1.
template <class T, class Variant, std::size_t I = 0>
constexpr std::uint8_t type_of() {
  if constexpr (std::is_same_v<T, std::variant_alternative_t<I, Variant>>) return I + 1;
  else return type_of<T, Variant, I + 1>();
}

// Each field once, for both directions: the same visit() writes and reads.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  template <std::unsigned_integral T>
  void number(const T& value) {
    std::uint8_t bytes[sizeof(T)];
    store_be(bytes, value);
    out_.append(reinterpret_cast<const char*>(bytes), sizeof(T));
  }
  void text(const std::string& value) {
    number(static_cast<std::uint32_t>(value.size()));
    out_ += value;
  }
  void hash(const crypto::Hash32& value) { out_.append(as_text(value)); }
  void flag(const bool& value) { out_ += value ? '\1' : '\0'; }

 private:
  std::string& out_;
};

class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}
  template <std::unsigned_integral T>
  void number(T& value) {
    if (in_.size() < sizeof(T)) return spoil();
    value = load_be<T>(in_.data());
    in_ = in_.subspan(sizeof(T));
  }
  void text(std::string& value) {
    std::uint32_t size = 0;
    number(size);
    if (in_.size() < size) return spoil();
    value.assign(as_text(in_.first(size)));
    in_ = in_.subspan(size);
  }
  void hash(crypto::Hash32& value) {
    if (in_.size() < value.size()) return spoil();
    std::copy_n(in_.begin(), value.size(), value.begin());
    in_ = in_.subspan(value.size());
  }
  void flag(bool& value) {
    std::uint8_t byte = 2;
    number(byte);
    if (byte > 1) return spoil();
    value = byte == 1;
  }
  std::size_t left() const { return in_.size(); }
  void spoil() {
    good_ = false;
    in_ = {};
  }
  bool good() const { return good_ && in_.empty(); }

 private:
  ByteView in_;
  bool good_ = true;
};

// `T` is const for a Writer.
template <class Codec, class T>
void fields(Codec& codec, T& time)
  requires std::is_same_v<std::remove_const_t<T>, FileTime>
{
  std::uint64_t seconds = static_cast<std::uint64_t>(time.seconds);
  codec.number(seconds);
  codec.number(time.nanoseconds);
  if constexpr (!std::is_const_v<T>) time.seconds = static_cast<std::int64_t>(seconds);
}

template <class Codec, class T>
void fields(Codec& codec, T& meta)
  requires std::is_same_v<std::remove_const_t<T>, EntryMeta>
{
  codec.number(meta.mode);
  fields(codec, meta.modified);
  codec.number(meta.uid);
  codec.number(meta.gid);
}

template <class Codec, class T>
void optional_number(Codec& codec, T& value) {
  bool given = value.has_value();
  codec.flag(given);
  if constexpr (!std::is_const_v<T>) {
    if (given) value.emplace();
  }
  if (value) codec.number(*value);
}

template <class Codec, class T>
void list_of_attributes(Codec& codec, T& list) {
  std::uint32_t count = static_cast<std::uint32_t>(list.size());
  codec.number(count);
  if constexpr (!std::is_const_v<T>) {
    if (count > codec.left() / 8) return codec.spoil(); // each has two lengths
    list.resize(count);
  }
  for (auto& attribute : list) {
    codec.text(attribute.name);
    codec.text(attribute.value);
  }
}

template <class Codec, class T>
void list_of_bits(Codec& codec, T& bits) {
  std::uint32_t count = static_cast<std::uint32_t>(bits.size());
  codec.number(count);
  if constexpr (!std::is_const_v<T>) {
    if (count > kMaxProbes) return codec.spoil();
    bits.resize(count);
  }
  for (std::size_t i = 0; i < bits.size(); ++i) {
    bool bit = bits[i];
    codec.flag(bit);
    if constexpr (!std::is_const_v<T>) bits[i] = bit;
  }
}

template <class Codec, class T>
void visit(Codec& codec, T& record) {
  using R = std::remove_const_t<T>;
  if constexpr (std::is_same_v<R, Totals>) {
    codec.number(record.entries);
    codec.number(record.bytes);
    codec.number(record.allocated);
  } else if constexpr (std::is_same_v<R, OwnerName>) {
    codec.flag(record.group);
    codec.number(record.id);
    codec.text(record.name);
  } else if constexpr (std::is_same_v<R, Attributes>) {
    list_of_attributes(codec, record.list);
  } else if constexpr (std::is_same_v<R, DirectoryBegin>) {
    fields(codec, record.meta);
    codec.text(record.name);
  } else if constexpr (std::is_same_v<R, FileBegin>) {
    fields(codec, record.meta);
    optional_number(codec, record.size);
    codec.flag(record.ask);
    codec.text(record.name);
  } else if constexpr (std::is_same_v<R, From>) {
    codec.number(record.offset);
  } else if constexpr (std::is_same_v<R, Hole>) {
    codec.number(record.bytes);
  } else if constexpr (std::is_same_v<R, FileEnd>) {
    bool given = record.hash.has_value();
    codec.flag(given);
    if constexpr (!std::is_const_v<T>) {
      if (given) record.hash.emplace();
    }
    if (record.hash) codec.hash(*record.hash);
  } else if constexpr (std::is_same_v<R, Symlink>) {
    fields(codec, record.meta);
    codec.text(record.name);
    codec.text(record.target);
  } else if constexpr (std::is_same_v<R, HardLink>) {
    codec.text(record.name);
    codec.text(record.target);
  } else if constexpr (std::is_same_v<R, Probe>) {
    fields(codec, record.meta);
    codec.number(record.size);
    codec.text(record.name);
  } else if constexpr (std::is_same_v<R, At>) {
    codec.text(record.path);
  } else if constexpr (std::is_same_v<R, Ready>) {
    codec.number(record.completed);
    codec.flag(record.partial);
    codec.flag(record.renames);
  } else if constexpr (std::is_same_v<R, Resume>) {
    codec.number(record.offset);
    codec.hash(record.hash);
  } else if constexpr (std::is_same_v<R, Probed>) {
    list_of_bits(codec, record.present);
  } else {
    static_assert(std::is_empty_v<R>);
  }
}

template <class Variant>
void encode_any(const Variant& record, std::string& out) {
  const auto start = out.size();
  out.resize(start + kHeader);
  Writer writer(out);
  std::visit([&](const auto& r) { visit(writer, r); }, record);
  auto* at = reinterpret_cast<std::uint8_t*>(out.data() + start);
  at[0] = static_cast<std::uint8_t>(record.index() + 1);
  store_be(at + 1, static_cast<std::uint32_t>(out.size() - start - kHeader));
}

template <class Variant, std::size_t I = 0>
Result<Variant> decode_any(std::uint8_t type, ByteView body) {
  if constexpr (I == std::variant_size_v<Variant>) {
    return fail(Errc::invalid, "no record of type " + std::to_string(type));
  } else {
    if (type != I + 1) return decode_any<Variant, I + 1>(type, body);
    std::variant_alternative_t<I, Variant> record{};
    Reader reader(body);
    visit(reader, record);
    if (!reader.good()) return fail(Errc::invalid, "a broken record of type " + std::to_string(type));
    return Variant(std::move(record));
  }
}

Result<void> check_time(const EntryMeta& meta) {
  if (meta.modified.nanoseconds > 999'999'999) return fail(Errc::invalid, "modified: more nanoseconds than a second has");
  if (meta.mode > 07777) return fail(Errc::invalid, "mode: more than twelve bits");
  return {};
}

Result<void> check_attributes(const std::vector<Attribute>& list) {
  for (const auto& attribute : list) {
    if (attribute.name.empty() || attribute.name.size() > kMaxName || attribute.name.find('\0') != std::string::npos)
      return fail(Errc::invalid, "an attribute's name: empty, over " + std::to_string(kMaxName) + " bytes, or with a NUL");
    if (attribute.value.size() > kMaxAttributeValue)
      return fail(Errc::limit, "attribute " + attribute.name + ": over " + std::to_string(kMaxAttributeValue) + " bytes");
  }
  return {};
}

Result<void> check_target(const std::string& target) {
  if (target.empty() || target.size() > kMaxPath || target.find('\0') != std::string::npos)
    return fail(Errc::invalid, "a link's target: empty, over " + std::to_string(kMaxPath) + " bytes, or with a NUL");
  return {};
}

Result<void> check(const Record& record) {
  if (const auto* r = std::get_if<DirectoryBegin>(&record)) {
    if (!r->name.empty()) RS_CHECK(check_name(r->name));
    return check_time(r->meta);
  }
  if (const auto* r = std::get_if<FileBegin>(&record)) {
    if (r->size.value_or(0) > kMaxSize) return fail(Errc::limit, "size: over " + std::to_string(kMaxSize) + " bytes");
    RS_CHECK(check_name(r->name));
    return check_time(r->meta);
  }
  if (const auto* r = std::get_if<Symlink>(&record)) {
    RS_CHECK(check_name(r->name));
    RS_CHECK(check_target(r->target));
    return check_time(r->meta);
  }
  if (const auto* r = std::get_if<HardLink>(&record)) {
    RS_CHECK(check_name(r->name));
    RS_TRY(const auto parts, split_path(r->target));
    if (parts.empty()) return fail(Errc::invalid, "a hard link to nothing");
  }
  if (const auto* r = std::get_if<Probe>(&record)) return check_name(r->name);
  if (const auto* r = std::get_if<At>(&record)) {
    RS_TRY(const auto parts, split_path(r->path));
    (void)parts;
  }
  if (const auto* r = std::get_if<Attributes>(&record)) return check_attributes(r->list);
  if (const auto* r = std::get_if<Hole>(&record); r != nullptr && r->bytes > kMaxSize)
    return fail(Errc::limit, "hole: over " + std::to_string(kMaxSize) + " bytes");
  return {};
}

// Body length of the record at the front, once its header is there.
std::optional<std::uint32_t> body_length(ByteView bytes) {
  if (bytes.size() < kHeader) return std::nullopt;
  return load_be<std::uint32_t>(bytes.data() + 1);
}

// Moves bytes to `held` until it has `wanted`.
void hold(std::string& held, ByteView& bytes, std::size_t wanted) {
  const auto part = std::min(bytes.size(), wanted - std::min(wanted, held.size()));
  held.append(as_text(bytes.first(part)));
  bytes = bytes.subspan(part);
}

} // namespace

void encode(const Record& record, std::string& out) { encode_any(record, out); }
void encode(const Reply& reply, std::string& out) { encode_any(reply, out); }

void put_data_header(std::uint8_t* at, std::uint32_t bytes) {
  at[0] = kContent;
  store_be(at + 1, bytes);
}

Result<void> check_name(std::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.find_first_of(std::string_view("/\0", 2)) != std::string_view::npos)
    return fail(Errc::invalid, "'" + std::string(name) + "' is no file name");
  if (name.size() > kMaxName) return fail(Errc::invalid, "a file name of more than " + std::to_string(kMaxName) + " bytes");
  return {};
}

Result<std::vector<std::string>> split_path(std::string_view path) {
  if (path.size() > kMaxPath) return fail(Errc::invalid, "a path of more than " + std::to_string(kMaxPath) + " bytes");
  std::vector<std::string> parts;
  if (path.empty()) return parts;
  for (;;) {
    const auto end = path.find('/');
    RS_CHECK(check_name(path.substr(0, end)));
    parts.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) return parts;
    path.remove_prefix(end + 1);
  }
}

Result<void> StreamReader::read(ByteView bytes) {
  while (!bytes.empty()) {
    if (content_left_ > 0) {
      RS_CHECK(read_content(bytes));
    } else {
      RS_TRY(const bool complete, read_record(bytes));
      if (!complete) return {};
    }
  }
  return {};
}

Result<void> StreamReader::read_content(ByteView& bytes) {
  const auto part = std::min<std::size_t>(bytes.size(), content_left_);
  RS_CHECK(events_.on_content(bytes.first(part)));
  content_left_ -= static_cast<std::uint32_t>(part);
  bytes = bytes.subspan(part);
  return {};
}

// False: the rest of the record is still to come. A record that is whole in `bytes` is not copied.
Result<bool> StreamReader::read_record(ByteView& bytes) {
  if (!held_.empty()) hold(held_, bytes, kHeader);
  const auto front = held_.empty() ? bytes : as_bytes(held_);
  const auto length = body_length(front);
  if (!length) {
    hold(held_, bytes, kHeader);
    return false;
  }
  const auto type = front[0];
  if (type == kContent) {
    if (held_.empty()) bytes = bytes.subspan(kHeader);
    held_.clear();
    content_left_ = *length;
    return true;
  }
  if (*length > kMaxRecord) return fail(Errc::limit, "a record of more than " + std::to_string(kMaxRecord) + " bytes");
  const auto whole = kHeader + *length;
  if (!held_.empty() || bytes.size() < whole) {
    hold(held_, bytes, whole);
    if (held_.size() < whole) return false;
  }
  RS_TRY(auto record, decode_any<Record>(type, (held_.empty() ? bytes : as_bytes(held_)).subspan(kHeader, *length)));
  if (held_.empty()) bytes = bytes.subspan(whole);
  held_.clear();
  RS_CHECK(check(record));
  RS_CHECK(events_.on_record(std::move(record)));
  return true;
}

Result<void> ReplyReader::read(ByteView bytes, const std::function<Result<void>(Reply)>& on_reply) {
  held_.append(as_text(bytes));
  for (;;) {
    const auto length = body_length(as_bytes(held_));
    if (!length) return {};
    if (*length > kMaxRecord) return fail(Errc::limit, "a reply of more than " + std::to_string(kMaxRecord) + " bytes");
    if (held_.size() < kHeader + *length) return {};
    RS_TRY(auto reply, decode_any<Reply>(static_cast<std::uint8_t>(held_[0]), as_bytes(held_).subspan(kHeader, *length)));
    held_.erase(0, kHeader + *length);
    RS_CHECK(on_reply(std::move(reply)));
  }
}

} // namespace rs::files
