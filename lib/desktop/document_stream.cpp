#include "desktop/document_stream.hpp"

#include "base/assert.hpp"

namespace rs::desktop {

Bytes frame_document(std::string_view document) {
  RS_ASSERT(!document.empty() && document.size() <= kMaxHelperDocument);
  Bytes framed(kHelperPrefix);
  store_be(framed.data(), static_cast<std::uint32_t>(document.size()));
  const auto body = as_bytes(document);
  framed.insert(framed.end(), body.begin(), body.end());
  return framed;
}

Result<std::optional<std::string>> DocumentReader::next() {
  if (held_.size() < kHelperPrefix) return std::optional<std::string>();
  const std::size_t size = load_be<std::uint32_t>(as_bytes(held_).data());
  if (size == 0) return fail(Errc::invalid, "an empty document");
  if (size > kMaxHelperDocument)
    return fail(Errc::limit, "a document of " + std::to_string(size) + " bytes, at most " + std::to_string(kMaxHelperDocument));
  if (held_.size() - kHelperPrefix < size) return std::optional<std::string>();
  auto document = held_.substr(kHelperPrefix, size);
  held_.erase(0, kHelperPrefix + size);
  return std::optional(std::move(document));
}

} // namespace rs::desktop
