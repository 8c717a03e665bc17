#include "streamstats/wire/user_agent.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string>

#include "support/catch.hpp"

using streamstats::name_of;
using streamstats::user_agent_class;
using streamstats::wire::classify;

namespace {

// Small and capital letters must not matter, so every string is asked for three times.
void check_all(user_agent_class expected, std::initializer_list<std::string_view> user_agents) {
    for (const std::string_view user_agent : user_agents) {
        CAPTURE(user_agent);
        std::string lower(user_agent);
        std::string upper(user_agent);
        std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
        std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
        CHECK(name_of(classify(user_agent)) == name_of(expected));
        CHECK(name_of(classify(lower)) == name_of(expected));
        CHECK(name_of(classify(upper)) == name_of(expected));
    }
}

}  // namespace

TEST_CASE("what pulls, relays or records without a viewer is a streaming server", "[user_agent]") {
    check_all(user_agent_class::streaming_server, {"Lavf/59.99.1",      "Lavf61.2.3",
                                                   "FFmpeg/7.1",        "GStreamer souphttpsrc 1.25.9 libsoup/3.9.1",
                                                   "Icecast 2.5.1",     "Liquidsoap/2.9.8 (Unix; OCaml 5.2)",
                                                   "libshout/2.5.7",    "butt/1.41.7",
                                                   "Flussonic/24.9",    "WowzaStreamingEngine/4.9",
                                                   "Nimble/4.2.1-1",    "SRS/6.0.101",
                                                   "MistServer/3.8",    "OvenMediaEngine/0.17.1",
                                                   "gortsplib",         "TVHeadend/4.3-2024",
                                                   "Astra/5.67",        "PlexMediaServer/1.49.0",
                                                   "Emby Server/4.9.9", "Jellyfin/10.99.1",
                                                   "streamripper/1.64", "xTeVe/2.2.0",
                                                   "udpxy 1.0-25"});
}

TEST_CASE("a television that plays with a server's library is a television", "[user_agent]") {
    check_all(user_agent_class::tv, {"GStreamer souphttpsrc (compatible; LG NetCast.TV-2012) libsoup/2.40.1",
                                     "Lavf/57.1.1 HbbTV/1.2.1 (;Acme;Set;1;1;)"});
}

TEST_CASE("a robot is other, also in the clothes of a phone or a desktop", "[user_agent]") {
    check_all(
        user_agent_class::other,
        {"Mozilla/5.0 (compatible; Googlebot/2.9; +http://www.google.com/bot.html)",
         "Mozilla/5.0 (Linux; Android 13; Nexus 5X) Mobile Safari/537.36 (compatible; Googlebot/2.9)",
         "Mozilla/5.0 (iPhone; CPU iPhone OS 17_9 like Mac OS X) AppleWebKit/605.1.15 (compatible; AcmeBot/1.0)",
         "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/199.0 Safari/537.36 (compatible; Acme/2)",
         "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/199.0 Safari/537.36",
         "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_9) AppleWebKit/605 AcmeCrawler/1", "acme-spider/0.1 (Linux)",
         "AcmeLinkPreview/1.0 (Windows NT 10.0)", "Acme-Uptime-Monitor/2 (Linux)", "Acme Bot (Windows NT 10.0)",
         "Mozilla/5.0 (Linux; Android 9; CUBOT ACME 9) AppleWebKit/537.36 (compatible; bingbot/9.0)",
         "Mozilla/5.0 (Windows NT 6.1) Acme Reader https://reader.example/about"});
}

TEST_CASE("a phone whose name ends in Bot is a phone", "[user_agent]") {
    check_all(user_agent_class::android, {"Mozilla/5.0 (Linux; Android 12; CUBOT ACME 9) AppleWebKit/537.36",
                                          "Mozilla/5.0 (Linux; Android 8.1.0; Acme Bot 77) AppleWebKit/537.36"});
}

TEST_CASE("a receiver or an operator's box is a set-top box", "[user_agent]") {
    check_all(
        user_agent_class::stb,
        {"Mozilla/5.0 (QtEmbedded; U; Linux; C) AppleWebKit/533.3 (KHTML, like Gecko) MAG540 stbapp ver: 4 rev: 9999",
         "Mozilla/5.0 (Unknown; Linux mips) Enigma2 HbbTV/1.1.1 (;Acme;;;)", "VUPLUS/9.1 (Duo 4K)", "TVIP S-Box v.799",
         "Mozilla/5.0 (Linux; Android 11; Formuler Z99 Build/RVC1) AppleWebKit/537.36", "BuzzTV/4.5 (XRS 9900)",
         "Dune HD/2.9 (TV-399)", "KreaTV/1.2.3 (ARRIS, VIP9999, wired)",
         "Mozilla/5.0 (X11; Linux) HbbTV/1.1.1 (+PVR;Humax;HMX-9999;1;1;)", "TechniSat DIGIT ISIO S9",
         "Mozilla/5.0 (RDK; Linux 6.6) AppleWebKit/605", "Acme STB/1.0 (Linux)", "Acme set-top box 5",
         "Mozilla/5.0 (Linux; Android 9; Acme-STB9 Build/PI) AppleWebKit/537.36", "TiVo, TCD999999"});
}

TEST_CASE("the box decides, not the Android or the HbbTV that runs on it", "[user_agent]") {
    check_all(user_agent_class::stb,
              {"Mozilla/5.0 (Linux; Android 12; Vodafone TV 9 Build/STT1.999) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 11; Telenor 4K Box) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 10; Claro Box TV 7 Build/QTT1) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 9; Freebox Player 9) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 9; B866V9-A Build/PI) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux armv7l) AppleWebKit/605 YouView/9.9 (Acme, 9999)",
               "HbbTV/1.5.1 (+DRM;Kathrein;UFS 9999;1;1;) CE-HTML/1.0"});
    check_all(user_agent_class::android, {"Mozilla/5.0 (Linux; Android 12; Vodafone Smart Q9) AppleWebKit/537.36",
                                          "VirginMedia TV Go/5.0 (Linux;Android 14; SM-Z999) ExoPlayerLib/2.99"});
}

TEST_CASE("an app platform on a television is a television", "[user_agent]") {
    check_all(
        user_agent_class::tv,
        {"Mozilla/5.0 (SMART-TV; LINUX; Tizen 9.0) AppleWebKit/537.36 SamsungBrowser/9.9 TV Safari/537.36",
         "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/199.0 Safari/537.36",
         "Mozilla/5.0 (X11; Linux armv7l) Chrome/199 Model/Acme VIDAA/9.0(Acme;SmartTV;99)",
         "HbbTV/1.7.1 (+DRM;Acme;Set99;1;1;)", "Mozilla/5.0 (FreeBSD; Viera; rv:99.0) Gecko Firefox/99.0",
         "Roku/DVP-14.9 (999.99E99999A)", "Roku STB/12.0", "AppleCoreMedia/1.0.0.99A999 (Apple TV; U; CPU OS 19_9)",
         "AppleTV14,9/19.1", "Mozilla/5.0 (X11; Linux armv7l) Chrome/199 CrKey/9.99",
         "Mozilla/5.0 (PlayStation 5/9.99) AppleWebKit/605", "Mozilla/5.0 (Windows NT 10.0; Xbox; Xbox Series X)",
         "Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/609", "Mozilla/5.0 (Nintendo WiiU)",
         "BrightSign/9.9.9 (XT9999)", "Opera/9.80 (Linux mips; U; en) Presto/9.9 Version/99",
         "Mozilla/5.0 (Linux armv7l) AppleWebKit/605", "NETTV/9.9 (Philips, 99PUS9999, wired)"});
}

TEST_CASE("Android on a television is told by platform, by model or by the shape of the model", "[user_agent]") {
    check_all(user_agent_class::tv,
              {"Mozilla/5.0 (Linux; Android 11; AFTXYZ9 Build/RS9999.9) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 9; BRAVIA 8K UR9 Build/PTT9) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 12; Chromecast) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 10; X96Q_Max_9) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 9; H96 Max X9) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 11; MECOOL KM99) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 7.1.2; Acme TV Box 9) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; U; Android 9; de-de; AC-LED55Z900) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 11; 43ZZX9000 Build/RP1A.1) AppleWebKit/537.36",
               "Mozilla/5.0 (Linux; Android 12; Acme Nine Build/STTX.999) AppleWebKit/537.36",
               "TiviMate/9.9.9 (Android 12; Fire TV Stick 8K)", "TiviMate/9.9 (Linux; Android 11; TV)"});
}

TEST_CASE("any other Android is android, whatever holds it", "[user_agent]") {
    check_all(
        user_agent_class::android,
        {"Mozilla/5.0 (Linux; Android 14; SM-Z999B) AppleWebKit/537.36 Chrome/199 Mobile Safari/537.36",
         "Dalvik/2.1.0 (Linux; U; Android 13; Pixel 99 Build/ABCD)", "Mozilla/5.0 (Linux; Android 4.4; NOOK BNTV999)",
         "Mozilla/5.0 (Linux; Android 11; KFZZWI) AppleWebKit/537.36 Silk/199.1 like Chrome/199",
         "Mozilla/5.0 (Linux; Android 10; Quest 9) OculusBrowser/99.0 VR", "Tesla Radio/1.0 (Android 12; Car)",
         "Mozilla/5.0 (Linux; Android 10; HarmonyOS; ACM-AN99) AppleWebKit/537.36", "okhttp/9.9.9",
         "ExoPlayerLib/9.9.9", "AndroidXMedia3/1.99.0", "stagefright/9.9 (Linux;Android 9)", "TiviMate/9.9.9",
         "OTT Navigator/9.9.9", "Televizo/9.9"});
}

TEST_CASE("a 6 or 9 inch series of telephones is no diagonal of a television", "[user_agent]") {
    check_all(user_agent_class::android, {"Mozilla/5.0 (Linux; Android 12; A50Max) AppleWebKit/537.36",
                                          "Mozilla/5.0 (Linux; Android 12; ZT-5500X) AppleWebKit/537.36",
                                          "Mozilla/5.0 (Linux; Android 12; XY6512K) AppleWebKit/537.36"});
}

TEST_CASE("an iPhone, an iPad and the apps of both are ios", "[user_agent]") {
    check_all(user_agent_class::ios,
              {"Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605 Mobile/99A999 Safari/604.1",
               "Mozilla/5.0 (iPad; CPU OS 17_9 like Mac OS X) AppleWebKit/605", "Acme/1.0 (iPod touch; iOS 12.9)",
               "AcmeRadio/9.9 (iOS 19.9)", "AppleCoreMedia/1.0.0.99A999 (iPhone; U; CPU OS 19_0 like Mac OS X; en_us)",
               "AcmeRadio/99 CFNetwork/1999.1 Darwin/29.9.0", "ZiggoGo/9 CFNetwork/1999.1 Darwin/29.9.0",
               "AcmeBot/9 CFNetwork/1999.1 Darwin/29.9.0"});
}

TEST_CASE("an Apple app that names a Mac or its processor is desktop", "[user_agent]") {
    check_all(user_agent_class::desktop,
              {"AcmeRadio/99 CFNetwork/1999.1 Darwin/19.9.0 (x86_64)", "Acme/1 CFNetwork/1 Darwin/9 (MacBookPro99,9)",
               "AppleCoreMedia/1.0.0.99A999 (Macintosh; U; Intel Mac OS X 14_9; en_us)"});
}

TEST_CASE("a computer, or a computer's player that names no system, is desktop", "[user_agent]") {
    check_all(user_agent_class::desktop,
              {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/199 Safari/537.36",
               "Mozilla/5.0 (Windows NT 6.3; ARM; Trident/9.0; Touch; rv:11.0) like Gecko",
               "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_9) AppleWebKit/605 Version/19 Safari/605",
               "Mozilla/5.0 (X11; Linux x86_64; rv:199.0) Gecko/20100101 Firefox/199.0",
               "Mozilla/5.0 (X11; CrOS x86_64 99999.0.0) AppleWebKit/537.36", "Mozilla/5.0 (X11; OpenBSD amd64) Gecko",
               "VLC/4.0.9 LibVLC/4.0.9", "mpv 0.99.9", "MPlayer/1.9", "WinampMPEG/9.9", "foobar2000/9.9",
               "NSPlayer/99.0 WMFSDK/99.0", "QuickTime/9.9"});
}

TEST_CASE("the rest is other", "[user_agent]") {
    check_all(user_agent_class::other,
              {"",
               "Mozilla/5.0",
               "-",
               "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Acme; 9) Edge/99",
               "Nokia9999/9.9 (9.99) Profile/MIDP-2.1",
               "Mozilla/5.0 (BB10; Touch) AppleWebKit/537",
               "Mozilla/5.0 (SymbianOS/9.9; Series60/9.9)",
               "Mozilla/5.0 (Mobile; ACME 9; rv:99.0) Gecko KAIOS/9.9",
               "Mozilla/5.0 (Linux; Tizen 9.0; ACME SM-Z999) AppleWebKit/537.36 Mobile Safari/537.36",
               "atc/9.9 watchOS/19.1",
               "AppleCoreMedia/1.0.0.99A999 (HomePod; U; CPU OS 19_0)",
               "Linux UPnP/1.0 Sonos/99.9-99999 (ZPS99)",
               "Mozilla/5.0 (X11; GNU/Linux) Chromium/199 Tesla/2029.9",
               "Mozilla/5.0 (PlayStation Vita 9.99) Silk/9.9",
               "Mozilla/5.0 (Nintendo 3DS; U; ; fr)",
               "curl/9.9.9",
               "Wget/9.9 (linux-gnu)",
               "python-requests/9.9.9",
               "Go-http-client/9.9",
               "Acme Printer 9"});
}
