// Adds the panel to the browser's tools.
chrome.devtools.panels.create('Aether', '', 'panel.html');
