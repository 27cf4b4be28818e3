// Every page: theme, menus, dialogs, copying, revealing, the live stream. Pages work without it; it only adds comfort.
import "./theme.js";
import "./menus.js";
import "./dialogs.js";
import "./copying.js";
import "./forms.js";
import { listen } from "./live.js";

if (document.body.dataset.live) listen(document.body.dataset.live);
