#include "session/exec_messages.hpp"

#include "describe/codec_impl.hpp"

RS_CODEC(rs::session::ExecParams)
RS_CODEC(rs::session::ExecResult)
