#include "desktop/shot_messages.hpp"

#include "describe/codec_impl.hpp"

RS_CODEC(rs::desktop::ShotParams)
RS_CODEC(rs::desktop::ShotResult)
