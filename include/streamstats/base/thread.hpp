// What a thread calls first: what it is called, and whether others come before it.
#pragma once

namespace streamstats {

// Names the calling thread for `top -H`, core dumps and profilers. At most 15 bytes, the kernel's limit.
void name_thread(const char* name);

// The same for one that nobody's answer waits for (the store, checkpoints, series): where processors are scarce it gets
// about a tenth of what the others do, and is set aside as soon as one of them has something to do.
void name_background_thread(const char* name);

}  // namespace streamstats
