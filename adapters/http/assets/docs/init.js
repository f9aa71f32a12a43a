'use strict';

window.addEventListener('DOMContentLoaded', function () {
  window.ui = SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#docs',
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: false,
    persistAuthorization: false,
    queryConfigEnabled: false,
    tryItOutEnabled: true,
    // No address: the description is never sent to another host to be checked.
    validatorUrl: null
  });
});
