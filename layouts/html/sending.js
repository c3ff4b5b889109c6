// Inline in the login page: its form is sent once somebody is there to take it, and what was typed stays in the page until then.
(function () {
  "use strict";
  var sending = false;
  document.addEventListener("submit", function (event) {
    event.preventDefault();
    if (sending) return;
    sending = true;
    (function send() {
      var x = new XMLHttpRequest();
      x.open("GET", (document.documentElement.dataset.below || "") + "/alive");
      x.timeout = 5000;
      x.onloadend = function () {
        document.getElementById("away").hidden = x.status > 0 && x.status < 502;
        if (document.getElementById("away").hidden) {
          sending = false;
          event.target.submit();
        } else {
          setTimeout(send, 1000);
        }
      };
      x.send();
    })();
  });
})();
