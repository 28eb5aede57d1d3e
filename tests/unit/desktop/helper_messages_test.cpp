#include "desktop/helper_messages.hpp"
#include "desktop/document_stream.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::desktop;

std::string reply_with(const std::string& rest) { return R"({"id":7,)" + rest + "}"; }

TEST(DesktopHelperMessages, SurviveTheWay) {
  const HelperRequest request{3, ShotRequest{"left", Region{1, 2, 3, 4}, false}};
  const auto read = decode_request(encode(request)).value();
  EXPECT_EQ(read.id, 3u);
  EXPECT_EQ(read.shot->monitor, "left");
  EXPECT_EQ(read.shot->region, (Region{1, 2, 3, 4}));
  EXPECT_FALSE(read.shot->cursor);
  const auto reply = decode_reply(encode(HelperReply{3, {}, ShotPicture{10, 20, 30}})).value();
  EXPECT_EQ(reply.picture->bytes, 30u);
}

TEST(DesktopHelperMessages, WhatNoSaneHelperSaysIsRefused) {
  for (const auto* rest :
       {R"("x":1)", R"("picture":{"width":0,"height":1,"bytes":1})", R"("picture":{"width":1,"height":1,"bytes":0})",
        R"("picture":{"width":32768,"height":1,"bytes":1})", R"("picture":{"width":32767,"height":32767,"bytes":1})",
        R"("picture":{"width":1,"height":1,"bytes":536870913})", R"("picture":{"width":-1,"height":1,"bytes":1})",
        R"("picture":{"width":1,"height":1,"bytes":1},"error":{"code":"io","message":"both"})"})
    EXPECT_FALSE(decode_reply(reply_with(rest))) << rest;
}

TEST(DesktopHelperMessages, AHelperCannotSpeakForTheAgent) {
  const auto reply = decode_reply(reply_with(R"("error":{"code":"consent-denied","message":"\u001b[2J"})")).value();
  EXPECT_EQ(reply.error->code, Errc::io);
  EXPECT_EQ(reply.error->message, "\\x1b[2J");
  const auto longer = decode_reply(encode(HelperReply{1, HelperError{Errc::io, std::string(5000, 'x')}, {}})).value();
  EXPECT_EQ(longer.error->message.size(), kMaxHelperMessage);
}

TEST(DesktopHelperMessages, ARequestWithoutWorkOrWithAnEndlessNameIsRefused) {
  EXPECT_FALSE(decode_request(R"({"id":1})"));
  EXPECT_FALSE(decode_request(encode(HelperRequest{1, ShotRequest{std::string(kMaxMonitorName + 1, 'm'), {}, true}})));
}

TEST(DesktopDocumentStream, ComesApartAtAnyCut) {
  auto bytes = frame_document("one");
  const auto two = frame_document(std::string(kMaxHelperDocument, 't'));
  bytes.insert(bytes.end(), two.begin(), two.end());
  for (const std::size_t step : {1u, 2u, 3u, 5u, 7u, 100'000u}) {
    DocumentReader reader;
    std::vector<std::string> read;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      reader.push(ByteView(bytes).subspan(at, std::min(step, bytes.size() - at)));
      while (auto document = reader.next().value()) read.push_back(std::move(*document));
    }
    ASSERT_EQ(read.size(), 2u) << step;
    EXPECT_EQ(read[0], "one");
    EXPECT_EQ(read[1].size(), kMaxHelperDocument);
  }
}

TEST(DesktopDocumentStream, ALengthBeyondTheLimitIsRefusedBeforeAnyOfItArrives) {
  for (const auto& [length, code] :
       {std::pair(0u, Errc::invalid), std::pair(unsigned(kMaxHelperDocument) + 1, Errc::limit), std::pair(~0u, Errc::limit)}) {
    Bytes prefix(kHelperPrefix);
    store_be(prefix.data(), length);
    DocumentReader reader;
    reader.push(prefix);
    const auto read = reader.next();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, code);
  }
}

} // namespace
