#include "session/diag_messages.hpp"

#include "describe/codec_impl.hpp"

RS_CODEC(rs::session::DiagParams)
RS_CODEC(rs::session::DiagReport)
