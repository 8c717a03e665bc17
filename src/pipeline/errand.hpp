// Something that the engine thread does in pieces, so that batches are taken in between.
#pragma once

#include <functional>

#include "pipeline/intake.hpp"

namespace streamstats::pipeline {

// Calls `piece` on the engine thread until it says false, and then `end(true)`; or `end(false)`, once nobody answers.
// Each piece waits its turn behind the batches that have come. Any thread.
void run_errand(intake& way, const std::function<bool()>& piece, const std::function<void(bool)>& end);

}  // namespace streamstats::pipeline
