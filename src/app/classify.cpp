#include <istream>
#include <ostream>
#include <string>

#include "commands.hpp"
#include "streamstats/wire/user_agent.hpp"

namespace streamstats::app {

int classify_lines(std::istream& in, std::ostream& out) {
    constexpr std::size_t gather_bytes = 65'536;
    std::string answers;
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r')) line.pop_back();
        answers += name_of(wire::classify(line));
        answers += '\n';
        const bool more_is_waiting = in.rdbuf()->in_avail() > 0;
        if (more_is_waiting && answers.size() < gather_bytes) continue;
        out << answers;
        if (!more_is_waiting) out.flush();
        answers.clear();
    }
    out << answers << std::flush;
    return out && in.eof() ? exit_ok : exit_failure;
}

}  // namespace streamstats::app
