#include "files/messages.hpp"

#include "describe/codec_impl.hpp"

RS_CODEC(rs::files::PushParams)
RS_CODEC(rs::files::PullParams)
RS_CODEC(rs::files::TransferCounts)
RS_CODEC(rs::files::PathParams)
RS_CODEC(rs::files::RemoveParams)
RS_CODEC(rs::files::RemoveResult)
RS_CODEC(rs::files::FileEntry)
RS_CODEC(rs::files::ListResult)
RS_CODEC(rs::files::JournalRecord)
