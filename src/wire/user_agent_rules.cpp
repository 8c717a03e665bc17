// The classifier's table: what sort of thing a User-Agent names.
//
// The first rule, from the top, of which one word occurs and whose condition holds, decides. If none does: `other`.
//
// To teach it a name, add the word to the list of its kind, here or in user_agent_names.hpp, and a string of that kind
// to tests/wire/user_agent_test.cpp. A new kind is a new line: above every rule that it must win over, below every rule
// that must win over it. user_agent_words.hpp says how words are spelled, user_agent_rules.hpp what a condition may
// ask.
#include "wire/user_agent_rules.hpp"

#include <array>

#include "wire/user_agent_names.hpp"

namespace streamstats::wire {
namespace {

using enum user_agent_class;
using enum fact;
using enum part;

constexpr std::array facts{
    fact_words{says_android, text, "android | andr0id | dalvik/ | <adr #"},
    fact_words{apple_network, text, "cfnetwork | darwin/"},
    fact_words{
        mac, text,
        "(x86_64 | (i386 | i386/ | x86_64) | macbook | imac | macmini | macpro | powermac | powerbook | power%20mac"
        "| powerpc | macos | mac_os | mac os x 1 | com.apple.safari | com.apple.mail"},
    fact_words{not_a_robot, text, names::not_robots},
    fact_words{television, text, names::television_platforms},
    fact_words{operator_model, model, names::operators},
    fact_words{box_model, model, names::box_words},
};
static_assert(facts.size() == fact_count - 1, "screen_size has no words");

constexpr std::array rules{
    // A set that plays with GStreamer names itself beside it.
    rule{streaming_server, text, names::streaming_servers, always.unless({television})},

    // Nobody watches, whatever else the string says. Some telephones are named Bot.
    rule{other, text, names::robots, always.unless({not_a_robot})},
    rule{other, text, "googlebot | bingbot | applebot | yandex.com/bots | petalbot | msnbot"},
    rule{other, text, "bot> | bots>", always.unless({says_android, not_a_robot})},

    // Before what they resemble: a Roku calls itself a set-top box, an Xbox a telephone.
    rule{tv, text, "roku | tivoos | apple tv | appletv | tvos/ | atv os x | xbox | vstvb | technisat multyvision"},
    rule{other, text, names::small_phones},
    rule{ios, text, "<iphone | <ipad | <ipod | <iph os"},

    rule{other, text, names::speakers, always.unless({says_android})},

    // The box decides, not the software on it.
    rule{stb, text, names::receivers, always.unless({apple_network})},
    rule{stb, text, names::operator_boxes, always.unless({says_android, apple_network})},
    rule{stb, model, names::operator_boxes},
    rule{stb, model, names::receiver_models},
    rule{stb, text, "", when({operator_model, box_model})},

    rule{tv, text, names::television_platforms, always.unless({apple_network})},
    // Telephones and tablets whose names contain a word for a box.
    rule{android, model, "bntv | turbox | softvision"},
    rule{tv, text, "", when({box_model})},
    rule{tv, text, "", when({screen_size})},
    rule{tv, model, names::television_models},
    // The second letter of Android's build numbers is the branch, and T that of televisions; the others are releases
    // that makers of boxes start from, and hardly any maker of telephones does.
    rule{tv, text,
         "build/nt | build/ot | build/pt | build/qt | build/rt | build/stt | build/ttt | build/utt | build/rd2a"
         "| build/nhg47 | build/m5c14 | build/mhc19 | build/mxc89l | build/lvy48 | build/lmy49f"
         "| build/ppr2.180905.006.a1",
         when({says_android})},
    rule{other, text, "tizen"},
    rule{other, text, names::small_devices, always.unless({says_android})},

    rule{android, text, "", when({says_android})},
    rule{android, text, names::android_players},

    rule{other, text, names::libraries, always.unless({not_a_robot})},

    // Apps of Apple's systems: a Mac says so by its name or processor.
    rule{desktop, text, "", when({apple_network, mac})},
    rule{ios, text, "<ios"},
    rule{ios, text, "", when({apple_network})},

    // Who gives an address to complain to is a robot, or else a script.
    rule{other, text, "http:// | https:// | @", always.unless({not_a_robot})},

    // Linux without a desktop's window system plays on a television.
    rule{tv, text,
         "opera/9.80 (linux mips | opera/9.80 (linux sh4 | opera/9.80 (linux armv | (linux armv | (linux mips"},
    rule{desktop, text, names::desktop_systems},
    rule{desktop, text, names::desktop_programs},
};
static_assert(rules.size() + fact_count <= word_lists_max);

}  // namespace

std::span<const fact_words> user_agent_facts() {
    return facts;
}

std::span<const rule> user_agent_rules() {
    return rules;
}

}  // namespace streamstats::wire
