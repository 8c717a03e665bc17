// The device that an Android player names:  (Linux; U; Android 9; en-us; MODEL Build/…)
#pragma once

#include <string_view>

namespace streamstats::wire {

// The field after Android's version and locale; empty if there is none.
std::string_view model_of(std::string_view user_agent);

// Whether a model is named as televisions are: a diagonal in inches, letters, a number ("55UJ700", "XY-LED43S20B").
bool names_screen_size(std::string_view model);

}  // namespace streamstats::wire
