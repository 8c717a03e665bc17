// Runs seeds one after another: simulate_seeds FIRST COUNT [STRIDE]. Writes a line after every hundred. The first seed
// that fails is made small and told as a story; then it ends with 1.
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "shrink.hpp"
#include "streamstats/telemetry/log.hpp"
#include "world.hpp"

using namespace streamstats;
using namespace streamstats::simulation;

namespace {

std::uint64_t seed_in_hand = 0;

// A broken assumption ends the process: at least it is known with which seed.
void say_seed(int signal) {
    std::array<char, 64> text{"\nended by a signal with --seed "};
    char* const begin = text.data() + std::string_view(text.data()).size();
    char* end = std::to_chars(begin, text.data() + text.size() - 1, seed_in_hand).ptr;
    *end++ = '\n';
    [[maybe_unused]] const auto written =
        write(STDERR_FILENO, text.data(), static_cast<std::size_t>(end - text.data()));
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

int tell(std::uint64_t seed) {
    std::printf("seed %llu fails, making it small\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    const scenario small = shrunk(scenario_from(seed));
    std::printf("%s\nreplay it with --seed %llu\n", story_of(small).c_str(), static_cast<unsigned long long>(seed));
    return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char* argv[]) {
    const auto argument = [&](int i, std::uint64_t otherwise) {
        return argc > i ? std::strtoull(argv[i], nullptr, 10) : otherwise;
    };
    const std::uint64_t first = argument(1, 1);
    const std::uint64_t count = argument(2, 1);
    const std::uint64_t stride = argument(3, 1);
    telemetry::set_log_level(std::getenv("STREAMSTATS_SIMULATION_LOG") != nullptr ? telemetry::log_level::info
                                                                                  : telemetry::log_level::error);
    for (const int each : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS}) std::signal(each, say_seed);
    for (std::uint64_t done = 1; done <= count; ++done) {
        seed_in_hand = first + (done - 1) * stride;
        if (!problem_of(scenario_from(seed_in_hand)).empty()) return tell(seed_in_hand);
        if (done % 100 == 0) std::printf("%llu done\n", static_cast<unsigned long long>(done));
        std::fflush(stdout);
    }
    return EXIT_SUCCESS;
}
